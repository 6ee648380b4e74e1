-- +goose Up
-- Of several successors of a unit, the one that its children, and what is owed to it, go to.
ALTER TABLE unit_successor ADD COLUMN children BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE unit_successor DROP COLUMN children;
