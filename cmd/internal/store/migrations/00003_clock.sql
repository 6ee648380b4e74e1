-- +goose Up
-- A jump of the wall clock that nobody has vouched for yet (S20): where the clock ought to have
-- stood and where it stood; 0 and 0 for none.
ALTER TABLE install ADD COLUMN jumped_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE install ADD COLUMN jumped_to   BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE install DROP COLUMN jumped_to;
ALTER TABLE install DROP COLUMN jumped_from;
