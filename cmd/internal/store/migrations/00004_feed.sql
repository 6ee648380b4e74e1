-- +goose Up
-- Secret addresses of personal calendar feeds. A revoked one is kept, so that a phone that
-- still asks for it is not taken for somebody who guesses.
CREATE TABLE feed (
    token_hash TEXT   NOT NULL PRIMARY KEY, -- hex SHA-256; the address itself is shown once and never stored
    person     TEXT   NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    read_at    BIGINT NOT NULL DEFAULT 0, -- last fetched, to the hour
    revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX feed_live ON feed (person) WHERE revoked_at = 0;

-- +goose Down
DROP TABLE feed;
