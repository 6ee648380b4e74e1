-- +goose Up
-- What people decide about duties: readings, events, extensions, exemptions, delegations, the
-- life of units. Nothing here is overwritten: a later row replaces an earlier one, a revoked
-- row says by whom. by_person is NULL where the system acted by itself.

-- The history of a duty also holds what the office does, and what a new directive does.
CREATE TABLE duty_step (
    duty       TEXT   NOT NULL REFERENCES duty (id),
    n          BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    by_person  TEXT   REFERENCES person (id),
    act        TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    old_due    BIGINT NOT NULL DEFAULT 0, -- of a step that moved the deadline
    new_due    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (duty, n)
);
INSERT INTO duty_step (duty, n, at, by_person, act, from_state, to_state, version, reason)
    SELECT duty, n, at, by_person, act, from_state, to_state, version, reason FROM duty_event;
DROP TABLE duty_event;
ALTER TABLE duty_step RENAME TO duty_event;

ALTER TABLE duty ADD COLUMN offline BIGINT NOT NULL DEFAULT 0 CHECK (offline IN (0, 1));
ALTER TABLE duty ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0; -- of an offline duty's papers
ALTER TABLE duty ADD COLUMN copies BIGINT NOT NULL DEFAULT 0;

-- A unit's life is half-open, as instants; 0 is "always" and "still".
ALTER TABLE unit ADD COLUMN valid_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN valid_to BIGINT NOT NULL DEFAULT 0;

CREATE TABLE unit_name (
    unit       TEXT   NOT NULL REFERENCES unit (id),
    valid_from BIGINT NOT NULL, -- 0: the name it had before the first change
    name       TEXT   NOT NULL,
    office     TEXT   NOT NULL,
    by_person  TEXT   REFERENCES person (id),
    reason     TEXT   NOT NULL,
    PRIMARY KEY (unit, valid_from)
);

CREATE TABLE unit_successor (
    unit      TEXT   NOT NULL REFERENCES unit (id),
    successor TEXT   NOT NULL REFERENCES unit (id),
    at        BIGINT NOT NULL, -- from when
    by_person TEXT   REFERENCES person (id),
    reason    TEXT   NOT NULL,
    PRIMARY KEY (unit, successor)
);

CREATE TABLE decision (
    directive   TEXT   NOT NULL,
    obligation  TEXT   NOT NULL,
    n           BIGINT NOT NULL, -- the highest is in force
    alternative TEXT   NOT NULL, -- id of one of the alternatives; empty for a deadline of its own
    due         TEXT   NOT NULL, -- YAML of that deadline; empty for an alternative
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_person   TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (directive, obligation, n)
);

CREATE TABLE occasion (
    id            TEXT   NOT NULL PRIMARY KEY, -- the period id of the duties it causes
    event         TEXT   NOT NULL,
    unit          TEXT   REFERENCES unit (id), -- NULL: it concerns every unit
    at            BIGINT NOT NULL, -- when it happened
    label         TEXT   NOT NULL,
    recorded_at   BIGINT NOT NULL,
    by_person     TEXT   NOT NULL REFERENCES person (id),
    withdrawn_at  BIGINT NOT NULL DEFAULT 0,
    withdrawn_by  TEXT   REFERENCES person (id),
    withdrawn_why TEXT   NOT NULL DEFAULT ''
);

CREATE TABLE delegation (
    directive  TEXT   NOT NULL,
    obligation TEXT   NOT NULL,
    unit       TEXT   NOT NULL REFERENCES unit (id), -- who passes the obligation on
    n          BIGINT NOT NULL,                      -- the highest is in force
    content    TEXT   NOT NULL,                      -- JSON; empty: withdrawn
    reason     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (directive, obligation, unit, n)
);

CREATE TABLE extension (
    duty        TEXT   NOT NULL REFERENCES duty (id),
    n           BIGINT NOT NULL,
    from_due    BIGINT NOT NULL, -- what it took the place of
    from_date   TEXT   NOT NULL,
    from_time   BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    due_date    TEXT   NOT NULL,
    due_time    BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_person   TEXT   NOT NULL REFERENCES person (id), -- who approved it
    because     TEXT   NOT NULL DEFAULT '',             -- duty whose extension brought this one about
    because_n   BIGINT NOT NULL DEFAULT 0,
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    revoked_by  TEXT   REFERENCES person (id),
    revoked_why TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (duty, n)
);

-- Why a duty asks for no return here: exempt, or sent on paper (offline).
CREATE TABLE exemption (
    duty          TEXT   NOT NULL REFERENCES duty (id),
    n             BIGINT NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('exempt', 'offline', 'dropped', 'lineage')),
    from_state    TEXT   NOT NULL, -- what a withdrawal goes back to
    reason        TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    by_person     TEXT   REFERENCES person (id),
    withdrawn_at  BIGINT NOT NULL DEFAULT 0,
    withdrawn_by  TEXT   REFERENCES person (id),
    withdrawn_why TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (duty, n)
);

-- What happened to an open duty when its unit ended.
CREATE TABLE inheritance (
    duty      TEXT   NOT NULL PRIMARY KEY REFERENCES duty (id),
    fate      TEXT   NOT NULL CHECK (fate IN ('keep', 'move', 'cancel')),
    successor TEXT   NOT NULL, -- id of the duty that took its place; empty for none
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    reason    TEXT   NOT NULL
);

-- Which catalogue, with which decisions, the stored duties agree with.
CREATE TABLE applied (
    n         BIGINT NOT NULL PRIMARY KEY,
    catalogue TEXT   NOT NULL,
    facts     TEXT   NOT NULL, -- hex SHA-256 over decisions, occasions and delegations
    summary   TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_person TEXT   REFERENCES person (id)
);

-- +goose Down
DROP TABLE applied;
DROP TABLE inheritance;
DROP TABLE exemption;
DROP TABLE extension;
DROP TABLE delegation;
DROP TABLE occasion;
DROP TABLE decision;
DROP TABLE unit_successor;
DROP TABLE unit_name;
ALTER TABLE unit DROP COLUMN valid_to;
ALTER TABLE unit DROP COLUMN valid_from;
ALTER TABLE duty DROP COLUMN copies;
ALTER TABLE duty DROP COLUMN received_at;
ALTER TABLE duty DROP COLUMN offline;
CREATE TABLE duty_step (
    duty       TEXT   NOT NULL REFERENCES duty (id),
    n          BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id),
    act        TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    PRIMARY KEY (duty, n)
);
INSERT INTO duty_step SELECT duty, n, at, by_person, act, from_state, to_state, version, reason FROM duty_event WHERE by_person IS NOT NULL;
DROP TABLE duty_event;
ALTER TABLE duty_step RENAME TO duty_event;
