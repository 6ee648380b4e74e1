-- +goose Up
-- Forms as they once were, figures handed down, files, stamped scans, ledgers, waivers,
-- adjustments, and what is made in the browser.

-- Every version of every form that a return may have been made with. Never changed, never deleted.
CREATE TABLE form_version (
    directive TEXT   NOT NULL,
    form      TEXT   NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    content   TEXT   NOT NULL, -- the schema as JSON
    hash      TEXT   NOT NULL, -- hex SHA-256 of content
    at        BIGINT NOT NULL, -- when it was first seen
    PRIMARY KEY (directive, form, version)
);

-- What a return stands on: form versions, baseline versions, the edition it was made from (JSON).
ALTER TABLE return_version ADD COLUMN basis TEXT NOT NULL DEFAULT '{}';

-- 科室 that fill their columns of a draft: each has a sequence number of its own.
CREATE TABLE draft_section (
    duty      TEXT   NOT NULL REFERENCES duty (id),
    section   TEXT   NOT NULL,
    seq       BIGINT NOT NULL, -- the draft's number when the section was saved last
    done      BIGINT NOT NULL CHECK (done IN (0, 1)),
    saved_at  BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (duty, section)
);
-- What a section's page may have started from: see sections.go.
ALTER TABLE draft ADD COLUMN born_seq BIGINT NOT NULL DEFAULT 0;  -- the first number of this draft
ALTER TABLE draft ADD COLUMN whole_seq BIGINT NOT NULL DEFAULT 0; -- of the last save of all columns at once; 0 for none
UPDATE draft SET born_seq = seq, whole_seq = seq;
-- The edition of the units below that the draft was begun from.
ALTER TABLE draft ADD COLUMN edition TEXT NOT NULL DEFAULT '';

-- 底数: one version a form, counted from 1 above the catalogue's own; the highest is in force.
CREATE TABLE baseline (
    directive TEXT   NOT NULL,
    form      TEXT   NOT NULL,
    n         BIGINT NOT NULL CHECK (n > 0),
    to_unit   TEXT   NOT NULL REFERENCES unit (id), -- the bureau that hands down
    source    TEXT   NOT NULL, -- name of the file
    note      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (directive, form, n)
);
CREATE TABLE baseline_row (
    directive TEXT   NOT NULL,
    form      TEXT   NOT NULL,
    n         BIGINT NOT NULL,
    unit      TEXT   NOT NULL,
    figures   TEXT   NOT NULL, -- JSON by field id
    PRIMARY KEY (directive, form, n, unit),
    FOREIGN KEY (directive, form, n) REFERENCES baseline (directive, form, n)
);

-- Files are stored once, by content, in pieces, so that no file need fit in memory.
CREATE TABLE file (
    hash  TEXT   NOT NULL PRIMARY KEY, -- hex SHA-256
    media TEXT   NOT NULL,             -- by content, not by name
    size  BIGINT NOT NULL,             -- bytes
    at    BIGINT NOT NULL
);
-- BYTEA is PostgreSQL's word; SQLite takes any and keeps the bytes.
CREATE TABLE file_piece (
    hash  TEXT   NOT NULL REFERENCES file (hash),
    n     BIGINT NOT NULL,
    bytes BYTEA  NOT NULL,
    PRIMARY KEY (hash, n)
);
-- Who put a file to which duty: what a viewer may fetch follows from the duties they may see.
CREATE TABLE duty_file (
    duty      TEXT   NOT NULL REFERENCES duty (id),
    hash      TEXT   NOT NULL REFERENCES file (hash),
    name      TEXT   NOT NULL, -- as shown, made safe
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (duty, hash)
);

-- 盖章件: scans of a printed version. One of another version than the latest is void by that.
CREATE TABLE stamp_scan (
    duty      TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    hash      TEXT   NOT NULL REFERENCES file (hash),
    name      TEXT   NOT NULL,
    pages     TEXT   NOT NULL, -- JSON list of the codes read
    matched   TEXT   NOT NULL CHECK (matched IN ('code', 'clerk')),
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (duty, version, n),
    FOREIGN KEY (duty, version) REFERENCES return_version (duty, version)
);

CREATE TABLE waiver (
    id          TEXT   NOT NULL PRIMARY KEY,
    directive   TEXT   NOT NULL,
    obligation  TEXT   NOT NULL,
    period      TEXT   NOT NULL,
    unit        TEXT   NOT NULL,
    form        TEXT   NOT NULL,
    check_id    TEXT   NOT NULL,
    field       TEXT   NOT NULL, -- empty: all that the check runs over
    reason      TEXT   NOT NULL,
    granted_by  TEXT   NOT NULL, -- as printed: 泉州市民政局 林样一
    at          BIGINT NOT NULL,
    by_person   TEXT   NOT NULL REFERENCES person (id),
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    revoked_by  TEXT   REFERENCES person (id),
    revoked_why TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX waiver_duty ON waiver (directive, obligation, period, unit);

CREATE TABLE adjustment (
    id          TEXT   NOT NULL PRIMARY KEY,
    directive   TEXT   NOT NULL,
    obligation  TEXT   NOT NULL,
    period      TEXT   NOT NULL,
    form        TEXT   NOT NULL,
    to_unit     TEXT   NOT NULL REFERENCES unit (id), -- the compiling unit
    unit        TEXT   NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('amend', 'carry')),
    field       TEXT   NOT NULL,
    from_value  TEXT   NOT NULL,
    to_value    TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_person   TEXT   NOT NULL REFERENCES person (id),
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    revoked_by  TEXT   REFERENCES person (id),
    revoked_why TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX adjustment_roll ON adjustment (directive, obligation, period, form);

-- Directives made in the browser: the same YAML files as a folder of the catalogue. The latest
-- row of a path is in force; an empty content takes the file away.
CREATE TABLE made_file (
    directive TEXT   NOT NULL,
    path      TEXT   NOT NULL, -- within the catalogue: "anxi-2026-1/forms/heating.yaml"
    n         BIGINT NOT NULL,
    content   TEXT   NOT NULL,
    to_unit   TEXT   NOT NULL REFERENCES unit (id), -- whose table it is
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (path, n)
);

-- Editions are numbered within the unit that compiled them, since an obligation may be compiled at
-- several levels; they may be made from one another. Neither database lets a UNIQUE go in place.
CREATE TABLE edition_new (
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
    looks_back BIGINT NOT NULL DEFAULT 0 CHECK (looks_back IN (0, 1)), -- its figures rest on earlier periods too
    UNIQUE (directive, obligation, period, form, to_unit, number)
);
CREATE TABLE edition_input_new (
    edition      TEXT   NOT NULL REFERENCES edition_new (id),
    ord          BIGINT NOT NULL,
    unit         TEXT   NOT NULL,
    mark         TEXT   NOT NULL CHECK (mark IN ('REPORTED', 'CONFIRMED_ZERO', 'MISSING', 'EXEMPT', 'NOT_APPLICABLE')),
    own          BIGINT NOT NULL CHECK (own IN (0, 1)),
    version      BIGINT NOT NULL,
    hash         TEXT   NOT NULL,
    from_edition TEXT   NOT NULL DEFAULT '', -- the edition the return was made from
    PRIMARY KEY (edition, ord)
);
INSERT INTO edition_new (id, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale)
    SELECT directive || '/' || obligation || '/' || period || '/' || form || '/' || to_unit || '/' || number, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale FROM edition;
INSERT INTO edition_input_new (edition, ord, unit, mark, own, version, hash)
    SELECT e.directive || '/' || e.obligation || '/' || e.period || '/' || e.form || '/' || e.to_unit || '/' || e.number,
        i.ord, i.unit, i.mark, i.own, i.version, i.hash FROM edition_input i JOIN edition e ON e.id = i.edition;
DROP TABLE edition_input;
DROP TABLE edition;
ALTER TABLE edition_new RENAME TO edition;
ALTER TABLE edition_input_new RENAME TO edition_input;
CREATE INDEX edition_input_unit ON edition_input (unit);

-- +goose Down
CREATE TABLE edition_old (
    id         TEXT   NOT NULL PRIMARY KEY,
    directive  TEXT   NOT NULL,
    obligation TEXT   NOT NULL,
    period     TEXT   NOT NULL,
    form       TEXT   NOT NULL,
    number     BIGINT NOT NULL CHECK (number > 0),
    to_unit    TEXT   NOT NULL REFERENCES unit (id),
    content    TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    inputs     TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id),
    stale      BIGINT NOT NULL CHECK (stale IN (0, 1)),
    UNIQUE (directive, obligation, period, form, number)
);
CREATE TABLE edition_input_old (
    edition TEXT   NOT NULL REFERENCES edition_old (id),
    ord     BIGINT NOT NULL,
    unit    TEXT   NOT NULL,
    mark    TEXT   NOT NULL CHECK (mark IN ('REPORTED', 'CONFIRMED_ZERO', 'MISSING', 'EXEMPT', 'NOT_APPLICABLE')),
    own     BIGINT NOT NULL CHECK (own IN (0, 1)),
    version BIGINT NOT NULL,
    hash    TEXT   NOT NULL,
    PRIMARY KEY (edition, ord)
);
INSERT INTO edition_old (id, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale)
    SELECT directive || '/' || obligation || '/' || period || '/' || form || '/' || number, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale FROM edition;
INSERT INTO edition_input_old (edition, ord, unit, mark, own, version, hash)
    SELECT e.directive || '/' || e.obligation || '/' || e.period || '/' || e.form || '/' || e.number,
        i.ord, i.unit, i.mark, i.own, i.version, i.hash FROM edition_input i JOIN edition e ON e.id = i.edition;
DROP TABLE edition_input;
DROP TABLE edition;
ALTER TABLE edition_old RENAME TO edition;
ALTER TABLE edition_input_old RENAME TO edition_input;
CREATE INDEX edition_input_unit ON edition_input (unit);
DROP TABLE made_file;
DROP TABLE adjustment;
DROP TABLE waiver;
DROP TABLE stamp_scan;
DROP TABLE duty_file;
DROP TABLE file_piece;
DROP TABLE file;
DROP TABLE baseline_row;
DROP TABLE baseline;
ALTER TABLE draft DROP COLUMN edition;
ALTER TABLE draft DROP COLUMN whole_seq;
ALTER TABLE draft DROP COLUMN born_seq;
DROP TABLE draft_section;
ALTER TABLE return_version DROP COLUMN basis;
DROP TABLE form_version;
