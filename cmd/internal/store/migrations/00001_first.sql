-- +goose Up
-- Portable by rule: TEXT and BIGINT only. Instants are unix milliseconds, 0 for none.
-- Booleans are 0 or 1. JSON is canonical text. Ids are made by the program.

CREATE TABLE install (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    secret     TEXT   NOT NULL, -- hex; keys the Message-IDs
    epoch      BIGINT NOT NULL, -- when the installation began; what fell due before is not planned (ADR 8)
    high_water BIGINT NOT NULL  -- latest instant any step was begun at
);
INSERT INTO install (id, secret, epoch, high_water) VALUES (1, '', 0, 0);

CREATE TABLE unit (
    id     TEXT   NOT NULL PRIMARY KEY,
    name   TEXT   NOT NULL,
    office TEXT   NOT NULL,
    code   TEXT   NOT NULL,
    level  TEXT   NOT NULL CHECK (level IN ('province', 'city', 'county', 'township')),
    parent TEXT   REFERENCES unit (id) DEFERRABLE INITIALLY DEFERRED,
    covers TEXT   NOT NULL, -- JSON list of township codes
    own    BIGINT NOT NULL CHECK (own IN (0, 1)),
    ord    BIGINT NOT NULL
);

CREATE TABLE person (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL,
    email    TEXT   NOT NULL,
    phone    TEXT   NOT NULL,
    disabled BIGINT NOT NULL CHECK (disabled IN (0, 1))
);

CREATE TABLE account (
    person        TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    login         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
);

CREATE TABLE role (
    person TEXT NOT NULL REFERENCES person (id),
    unit   TEXT NOT NULL REFERENCES unit (id),
    name   TEXT NOT NULL CHECK (name IN ('clerk', 'reviewer')),
    PRIMARY KEY (person, unit, name)
);
CREATE INDEX role_unit ON role (unit, name);

CREATE TABLE session (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

-- What is pinned at planning (names, titles, forms, catalogue version) stays as it was then.
CREATE TABLE duty (
    id               TEXT   NOT NULL PRIMARY KEY,
    directive        TEXT   NOT NULL,
    obligation       TEXT   NOT NULL,
    period           TEXT   NOT NULL,
    unit             TEXT   NOT NULL, -- no foreign keys: planning half a million would spend half its
    to_unit          TEXT   NOT NULL, -- time on them; InsertDuties looks the units up once instead
    directive_number TEXT   NOT NULL,
    title            TEXT   NOT NULL,
    label            TEXT   NOT NULL,
    period_label     TEXT   NOT NULL,
    unit_name        TEXT   NOT NULL,
    catalogue        TEXT   NOT NULL,
    opens            BIGINT NOT NULL,
    due              BIGINT NOT NULL, -- the first instant that is too late
    due_date         TEXT   NOT NULL,
    due_time         BIGINT NOT NULL, -- minutes; 1440 is 24:00
    revision         BIGINT NOT NULL,
    forms            TEXT   NOT NULL, -- JSON list of form ids
    zero             BIGINT NOT NULL CHECK (zero IN (0, 1)),
    stamped          BIGINT NOT NULL CHECK (stamped IN (0, 1)),
    one_off          BIGINT NOT NULL CHECK (one_off IN (0, 1)),
    ord              BIGINT NOT NULL,
    planned_at       BIGINT NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('not_open', 'pending', 'draft', 'review',
                         'submitted', 'returned', 'accepted', 'closed', 'exempt')),
    version          BIGINT NOT NULL DEFAULT 0, -- of the latest return sent
    draft_seq        BIGINT NOT NULL DEFAULT 0, -- of the latest draft saved, also after it is gone
    stamp_pending    BIGINT NOT NULL DEFAULT 0 CHECK (stamp_pending IN (0, 1)),
    returned_at      BIGINT NOT NULL DEFAULT 0,
    return_reason    TEXT   NOT NULL DEFAULT '',
    accepted_at      BIGINT NOT NULL DEFAULT 0,
    reason           TEXT   NOT NULL DEFAULT '', -- why exempt
    UNIQUE (directive, obligation, period, unit)
);
CREATE INDEX duty_unit ON duty (unit);
CREATE INDEX duty_to_unit ON duty (to_unit);
CREATE INDEX duty_state ON duty (state);

CREATE TABLE draft (
    duty      TEXT   NOT NULL PRIMARY KEY REFERENCES duty (id),
    content   TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    saved_at  BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id)
);

CREATE TABLE return_version (
    duty         TEXT   NOT NULL REFERENCES duty (id),
    version      BIGINT NOT NULL CHECK (version > 0),
    uuid         TEXT   NOT NULL UNIQUE,
    receipt      TEXT   NOT NULL UNIQUE,
    content      TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    zero         BIGINT NOT NULL CHECK (zero IN (0, 1)),
    late         BIGINT NOT NULL CHECK (late IN (0, 1)),
    submitted_at BIGINT NOT NULL,
    by_person    TEXT   NOT NULL REFERENCES person (id),
    note         TEXT   NOT NULL,
    PRIMARY KEY (duty, version)
);

CREATE TABLE duty_event (
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

CREATE TABLE own_row (
    directive  TEXT   NOT NULL,
    obligation TEXT   NOT NULL,
    period     TEXT   NOT NULL,
    form       TEXT   NOT NULL,
    to_unit    TEXT   NOT NULL REFERENCES unit (id),
    sheet      TEXT   NOT NULL,
    saved_at   BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (directive, obligation, period, form, to_unit)
);

CREATE TABLE edition (
    id         TEXT   NOT NULL PRIMARY KEY,
    directive  TEXT   NOT NULL,
    obligation TEXT   NOT NULL,
    period     TEXT   NOT NULL,
    form       TEXT   NOT NULL,
    number     BIGINT NOT NULL CHECK (number > 0),
    to_unit    TEXT   NOT NULL REFERENCES unit (id),
    content    TEXT   NOT NULL, -- the compiled table as JSON
    hash       TEXT   NOT NULL,
    inputs     TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id),
    stale      BIGINT NOT NULL CHECK (stale IN (0, 1)),
    UNIQUE (directive, obligation, period, form, number)
);

CREATE TABLE edition_input (
    edition  TEXT   NOT NULL REFERENCES edition (id),
    ord      BIGINT NOT NULL,
    unit     TEXT   NOT NULL,
    mark     TEXT   NOT NULL CHECK (mark IN ('REPORTED', 'CONFIRMED_ZERO', 'MISSING', 'EXEMPT', 'NOT_APPLICABLE')),
    own      BIGINT NOT NULL CHECK (own IN (0, 1)),
    version  BIGINT NOT NULL,
    hash     TEXT   NOT NULL,
    PRIMARY KEY (edition, ord)
);
CREATE INDEX edition_input_unit ON edition_input (unit);

CREATE TABLE message (
    id             TEXT   NOT NULL PRIMARY KEY,
    person         TEXT   NOT NULL REFERENCES person (id),
    channel        TEXT   NOT NULL CHECK (channel IN ('email', 'sms')),
    slot           BIGINT NOT NULL,
    deadline       BIGINT NOT NULL, -- nearest due instant of its duties: who goes first
    state          TEXT   NOT NULL CHECK (state IN ('planned', 'claimed', 'handed_over', 'delivered', 'deferred',
                       'refused', 'unknown', 'superseded', 'expired', 'cancelled', 'quarantined')),
    reason         TEXT   NOT NULL DEFAULT '',
    next_at        BIGINT NOT NULL, -- from when a claim finds it: slot, retry or end of lease; 0 once it is final
    token          TEXT   NOT NULL DEFAULT '', -- of the claim that holds it
    claims         BIGINT NOT NULL DEFAULT 0,  -- without a recorded result
    attempts       BIGINT NOT NULL DEFAULT 0,
    begun          BIGINT NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),     -- this claim has begun an attempt
    duplicate      BIGINT NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1)), -- an earlier attempt may have been accepted
    address        TEXT   NOT NULL DEFAULT '',
    subject        TEXT   NOT NULL DEFAULT '',
    message_id     TEXT   NOT NULL DEFAULT '',
    body           TEXT   NOT NULL DEFAULT '', -- base64 of the bytes as handed over
    reference      TEXT   NOT NULL DEFAULT '',
    handed_over_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (slot, person, channel)
);
CREATE INDEX message_waiting ON message (deadline, slot, id) WHERE next_at > 0;
CREATE INDEX message_next ON message (next_at) WHERE next_at > 0;

CREATE TABLE reminder (
    key        TEXT   NOT NULL PRIMARY KEY,
    duty       TEXT   NOT NULL REFERENCES duty (id),
    revision   BIGINT NOT NULL,
    rung       TEXT   NOT NULL,
    person     TEXT   NOT NULL REFERENCES person (id),
    unit       TEXT   NOT NULL,
    channel    TEXT   NOT NULL CHECK (channel IN ('email', 'sms')),
    planned_at BIGINT NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('planned', 'claimed', 'handed_over', 'delivered', 'deferred',
                   'refused', 'unknown', 'superseded', 'expired', 'cancelled', 'quarantined')),
    reason     TEXT   NOT NULL,
    message    TEXT   REFERENCES message (id),
    UNIQUE (duty, person, channel, revision, rung)
);
CREATE INDEX reminder_message ON reminder (message);
CREATE INDEX reminder_unattached ON reminder (key) WHERE message IS NULL AND state = 'planned';

CREATE TABLE attempt (
    message   TEXT   NOT NULL REFERENCES message (id),
    n         BIGINT NOT NULL,
    token     TEXT   NOT NULL,
    begun_at  BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL DEFAULT 0,
    state     TEXT   NOT NULL DEFAULT '', -- empty while no result is recorded
    reason    TEXT   NOT NULL DEFAULT '',
    reference TEXT   NOT NULL DEFAULT '',
    duplicate BIGINT NOT NULL CHECK (duplicate IN (0, 1)),
    PRIMARY KEY (message, n)
);

-- +goose Down
DROP TABLE attempt;
DROP TABLE reminder;
DROP TABLE message;
DROP TABLE edition_input;
DROP TABLE edition;
DROP TABLE own_row;
DROP TABLE duty_event;
DROP TABLE return_version;
DROP TABLE draft;
DROP TABLE duty;
DROP TABLE session;
DROP TABLE role;
DROP TABLE account;
DROP TABLE person;
DROP TABLE unit;
DROP TABLE install;
