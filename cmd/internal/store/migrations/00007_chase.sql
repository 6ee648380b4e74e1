-- +goose Up
-- The chase: whom a unit can be reached through, what was said to them, how it got there, and what
-- people do by hand. Nothing here is overwritten by the system: what ended says how.

-- A unit's people: 填报员 (deputy: B岗), 单位审核人, 分管领导, 上级审核员. No CHECK can be changed in place.
CREATE TABLE role_new (
    person TEXT   NOT NULL REFERENCES person (id),
    unit   TEXT   NOT NULL REFERENCES unit (id),
    name   TEXT   NOT NULL CHECK (name IN ('clerk', 'approver', 'leader', 'reviewer')),
    deputy BIGINT NOT NULL DEFAULT 0 CHECK (deputy IN (0, 1)),
    PRIMARY KEY (person, unit, name)
);
INSERT INTO role_new (person, unit, name) SELECT person, unit, name FROM role;
DROP TABLE role;
ALTER TABLE role_new RENAME TO role;
CREATE INDEX role_unit ON role (unit, name);

-- An account at the bridge that takes the webhook's messages further (政务微信 and its like).
ALTER TABLE person ADD COLUMN im TEXT NOT NULL DEFAULT '';

-- What is known of an address: it outlives the person it belongs to today.
CREATE TABLE reach (
    channel      TEXT   NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    address      TEXT   NOT NULL,
    verified_at  BIGINT NOT NULL DEFAULT 0, -- its reader said so
    handed_at    BIGINT NOT NULL DEFAULT 0, -- latest message taken over
    delivered_at BIGINT NOT NULL DEFAULT 0, -- latest receipt
    bad_at       BIGINT NOT NULL DEFAULT 0, -- refused or bounced; 0 once something got there again
    bad_reason   TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (channel, address)
);

-- A day off on which somebody of a unit is on duty (值班).
CREATE TABLE roster (
    unit      TEXT   NOT NULL REFERENCES unit (id),
    day       TEXT   NOT NULL, -- 2021-10-01
    person    TEXT   NOT NULL REFERENCES person (id),
    note      TEXT   NOT NULL DEFAULT '',
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    PRIMARY KEY (unit, day, person)
);

-- Telephone calls and what was promised in them. A promise pauses the ladder of its duties.
CREATE TABLE call (
    id          TEXT   NOT NULL PRIMARY KEY,
    unit        TEXT   NOT NULL REFERENCES unit (id), -- called
    at          BIGINT NOT NULL,
    by_person   TEXT   NOT NULL REFERENCES person (id),
    number      TEXT   NOT NULL DEFAULT '',
    answered    BIGINT NOT NULL CHECK (answered IN (0, 1)),
    answered_by TEXT   NOT NULL DEFAULT '',
    answer      TEXT   NOT NULL DEFAULT '',
    promised_at BIGINT NOT NULL DEFAULT 0, -- when the return shall be in; 0: nothing was promised
    recorded_at BIGINT NOT NULL
);
CREATE TABLE call_duty (
    call TEXT NOT NULL REFERENCES call (id),
    duty TEXT NOT NULL REFERENCES duty (id),
    PRIMARY KEY (call, duty)
);
CREATE INDEX call_duty_duty ON call_duty (duty);

-- 催报: a reviewer reminds at once.
CREATE TABLE nudge (
    id        TEXT   NOT NULL PRIMARY KEY,
    to_unit   TEXT   NOT NULL REFERENCES unit (id), -- the bureau that reminds
    at        BIGINT NOT NULL,
    by_person TEXT   NOT NULL REFERENCES person (id),
    note      TEXT   NOT NULL DEFAULT ''
);
CREATE TABLE nudge_duty (
    nudge TEXT NOT NULL REFERENCES nudge (id),
    duty  TEXT NOT NULL REFERENCES duty (id),
    PRIMARY KEY (nudge, duty)
);
CREATE INDEX nudge_duty_duty ON nudge_duty (duty);

-- The hard steps: drafted by the ladder, sent by a person or not at all.
CREATE TABLE escalation (
    id         TEXT   NOT NULL PRIMARY KEY,
    duty       TEXT   NOT NULL REFERENCES duty (id),
    revision   BIGINT NOT NULL,
    rung       TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('copy', 'letter', 'slip')), -- 抄送分管领导, 提醒函, 催办单
    drafted_at BIGINT NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('drafted', 'sent', 'dismissed')),
    decided_at BIGINT NOT NULL DEFAULT 0,
    by_person  TEXT   REFERENCES person (id),
    text       TEXT   NOT NULL DEFAULT '', -- as sent
    number     TEXT   NOT NULL DEFAULT '', -- 文号, given by a person
    file       TEXT   REFERENCES file (hash),
    reason     TEXT   NOT NULL DEFAULT '', -- why dismissed
    UNIQUE (duty, revision, rung, kind)
);
CREATE INDEX escalation_open ON escalation (drafted_at) WHERE state = 'drafted';

-- When a job of the daemon last got through; whoever looks can tell a dead daemon.
CREATE TABLE beat (
    job TEXT   NOT NULL PRIMARY KEY,
    at  BIGINT NOT NULL,
    next BIGINT NOT NULL DEFAULT 0, -- when it wants to be called again; 0: when woken
    ok  BIGINT NOT NULL DEFAULT 0 -- of deliver: the latest hand-over
);

-- What the operator was last alarmed of, by cause: at most once an hour, and of nothing twice.
CREATE TABLE alarm (
    cause TEXT   NOT NULL PRIMARY KEY,
    at    BIGINT NOT NULL,
    named TEXT   NOT NULL DEFAULT '[]' -- JSON: messages it named
);

-- 联络核对: before a campaign people are asked whether messages reach them.
CREATE TABLE contact_check (
    id         TEXT   NOT NULL PRIMARY KEY,
    to_unit    TEXT   NOT NULL REFERENCES unit (id), -- the bureau that asks
    directive  TEXT   NOT NULL DEFAULT '', -- with obligation: who owes this; empty: whoever owes anything
    obligation TEXT   NOT NULL DEFAULT '',
    at         BIGINT NOT NULL,
    by_person  TEXT   NOT NULL REFERENCES person (id)
);
CREATE TABLE contact_asked (
    contact_check TEXT NOT NULL REFERENCES contact_check (id),
    unit          TEXT NOT NULL REFERENCES unit (id),
    person        TEXT NOT NULL REFERENCES person (id),
    channel       TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    address       TEXT NOT NULL,
    confirmed_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (contact_check, unit, person, channel)
);
CREATE INDEX contact_asked_person ON contact_asked (person);
CREATE INDEX contact_asked_unit ON contact_asked (unit);

-- A provider that takes nothing at present, and why: an account's limit, a template it does not know.
CREATE TABLE carrier (
    name   TEXT   NOT NULL PRIMARY KEY,
    until  BIGINT NOT NULL, -- paused until then
    reason TEXT   NOT NULL,
    at     BIGINT NOT NULL
);

-- Receipts as they came: twice, late, out of order, before our own commit. Applied once a message is known.
CREATE TABLE receipt (
    id          TEXT   NOT NULL PRIMARY KEY, -- hex SHA-256 over carrier, reference, state
    carrier     TEXT   NOT NULL,
    reference   TEXT   NOT NULL, -- ours (Message-ID) or the provider's
    state       TEXT   NOT NULL CHECK (state IN ('delivered', 'refused')),
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    bad_number  BIGINT NOT NULL DEFAULT 0 CHECK (bad_number IN (0, 1)), -- refused because the address does not work
    message     TEXT   NOT NULL DEFAULT '' -- once its message is known
);
CREATE INDEX receipt_waiting ON receipt (reference) WHERE message = '';

CREATE TABLE message_new (
    id             TEXT   NOT NULL PRIMARY KEY,
    person         TEXT   NOT NULL REFERENCES person (id),
    channel        TEXT   NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    kind           TEXT   NOT NULL DEFAULT 'digest' CHECK (kind IN ('digest', 'urgent', 'nudge', 'letter', 'check', 'plan', 'alarm')),
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
    carrier        TEXT   NOT NULL DEFAULT '', -- provider of the latest attempt
    address        TEXT   NOT NULL DEFAULT '',
    subject        TEXT   NOT NULL DEFAULT '',
    message_id     TEXT   NOT NULL DEFAULT '',
    parts          BIGINT NOT NULL DEFAULT 0,  -- of an SMS: what it costs
    reference      TEXT   NOT NULL DEFAULT '', -- the provider's
    handed_over_at BIGINT NOT NULL DEFAULT 0,
    delivered_at   BIGINT NOT NULL DEFAULT 0,
    note           TEXT   NOT NULL DEFAULT '', -- words of a person that go with it; the text of one that carries no reminders
    files          TEXT   NOT NULL DEFAULT '[]', -- JSON: attached files as {hash, name}
    about          TEXT   NOT NULL DEFAULT '', -- nudge, escalation or contact check it belongs to
    UNIQUE (slot, person, channel, kind, about)
);
-- The bytes as handed over, apart from the row that changes with each step of its message.
CREATE TABLE rendered (
    message TEXT NOT NULL PRIMARY KEY REFERENCES message_new (id),
    body    TEXT NOT NULL -- base64
);
CREATE TABLE reminder_new (
    key        TEXT   NOT NULL PRIMARY KEY,
    duty       TEXT   NOT NULL REFERENCES duty (id),
    revision   BIGINT NOT NULL,
    rung       TEXT   NOT NULL,
    topic      TEXT   NOT NULL DEFAULT 'duty',
    detail     TEXT   NOT NULL DEFAULT '', -- what it says beside the duty: a ledger item, a former deadline
    person     TEXT   NOT NULL REFERENCES person (id),
    role       TEXT   NOT NULL DEFAULT 'clerk', -- as whom they are told
    unit       TEXT   NOT NULL,
    channel    TEXT   NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    planned_at BIGINT NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('planned', 'claimed', 'handed_over', 'delivered', 'deferred',
                   'refused', 'unknown', 'superseded', 'expired', 'cancelled', 'quarantined')),
    reason     TEXT   NOT NULL,
    message    TEXT   REFERENCES message_new (id),
    UNIQUE (duty, person, channel, revision, rung)
);
CREATE TABLE attempt_new (
    message   TEXT   NOT NULL REFERENCES message_new (id),
    n         BIGINT NOT NULL,
    token     TEXT   NOT NULL,
    carrier   TEXT   NOT NULL DEFAULT '',
    address   TEXT   NOT NULL DEFAULT '',
    begun_at  BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL DEFAULT 0,
    state     TEXT   NOT NULL DEFAULT '', -- empty while no result is recorded
    fault     TEXT   NOT NULL DEFAULT '', -- whose matter a refusal is
    reason    TEXT   NOT NULL DEFAULT '',
    reference TEXT   NOT NULL DEFAULT '',
    duplicate BIGINT NOT NULL CHECK (duplicate IN (0, 1)),
    PRIMARY KEY (message, n)
);
INSERT INTO message_new (id, person, channel, kind, slot, deadline, state, reason, next_at, token, claims, attempts, begun, duplicate,
        address, subject, message_id, reference, handed_over_at)
    SELECT id, person, channel, 'digest', slot, deadline, state, reason, next_at, token, claims, attempts, begun, duplicate,
        address, subject, message_id, reference, handed_over_at FROM message;
INSERT INTO rendered (message, body) SELECT id, body FROM message WHERE body <> '';
INSERT INTO reminder_new (key, duty, revision, rung, person, unit, channel, planned_at, state, reason, message)
    SELECT key, duty, revision, rung, person, unit, channel, planned_at, state, reason, message FROM reminder;
INSERT INTO attempt_new (message, n, token, begun_at, ended_at, state, reason, reference, duplicate)
    SELECT message, n, token, begun_at, ended_at, state, reason, reference, duplicate FROM attempt;
DROP TABLE attempt;
DROP TABLE reminder;
DROP TABLE message;
ALTER TABLE message_new RENAME TO message;
ALTER TABLE reminder_new RENAME TO reminder;
ALTER TABLE attempt_new RENAME TO attempt;
CREATE INDEX message_waiting ON message (deadline, slot, id) WHERE next_at > 0;
CREATE INDEX message_next ON message (next_at) WHERE next_at > 0;
CREATE INDEX message_id_index ON message (message_id) WHERE message_id <> '';
CREATE INDEX message_reference ON message (reference) WHERE reference <> '';
CREATE INDEX reminder_message ON reminder (message);
CREATE INDEX reminder_unattached ON reminder (key) WHERE message IS NULL AND state = 'planned';
CREATE INDEX attempt_spent ON attempt (carrier, address, begun_at);
CREATE INDEX attempt_begun ON attempt (carrier, begun_at);
-- What an operator must hear of: few rows, looked for every minute.
CREATE INDEX message_lost ON message (slot) WHERE state IN ('unknown', 'quarantined');
CREATE INDEX reminder_expired ON reminder (planned_at) WHERE state = 'expired';

-- +goose Down
CREATE TABLE message_old (
    id             TEXT   NOT NULL PRIMARY KEY,
    person         TEXT   NOT NULL REFERENCES person (id),
    channel        TEXT   NOT NULL CHECK (channel IN ('email', 'sms')),
    slot           BIGINT NOT NULL,
    deadline       BIGINT NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('planned', 'claimed', 'handed_over', 'delivered', 'deferred',
                       'refused', 'unknown', 'superseded', 'expired', 'cancelled', 'quarantined')),
    reason         TEXT   NOT NULL DEFAULT '',
    next_at        BIGINT NOT NULL,
    token          TEXT   NOT NULL DEFAULT '',
    claims         BIGINT NOT NULL DEFAULT 0,
    attempts       BIGINT NOT NULL DEFAULT 0,
    begun          BIGINT NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),
    duplicate      BIGINT NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1)),
    address        TEXT   NOT NULL DEFAULT '',
    subject        TEXT   NOT NULL DEFAULT '',
    message_id     TEXT   NOT NULL DEFAULT '',
    body           TEXT   NOT NULL DEFAULT '',
    reference      TEXT   NOT NULL DEFAULT '',
    handed_over_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (slot, person, channel)
);
CREATE TABLE reminder_old (
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
    message    TEXT   REFERENCES message_old (id),
    UNIQUE (duty, person, channel, revision, rung)
);
CREATE TABLE attempt_old (
    message   TEXT   NOT NULL REFERENCES message_old (id),
    n         BIGINT NOT NULL,
    token     TEXT   NOT NULL,
    begun_at  BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL DEFAULT 0,
    state     TEXT   NOT NULL DEFAULT '',
    reason    TEXT   NOT NULL DEFAULT '',
    reference TEXT   NOT NULL DEFAULT '',
    duplicate BIGINT NOT NULL CHECK (duplicate IN (0, 1)),
    PRIMARY KEY (message, n)
);
INSERT INTO message_old (id, person, channel, slot, deadline, state, reason, next_at, token, claims, attempts, begun, duplicate,
        address, subject, message_id, body, reference, handed_over_at)
    SELECT id, person, channel, slot, deadline, state, reason, next_at, token, claims, attempts, begun, duplicate,
        address, subject, message_id, COALESCE((SELECT x.body FROM rendered x WHERE x.message = message.id), ''), reference, handed_over_at
    FROM message WHERE channel <> 'webhook' AND kind = 'digest';
INSERT INTO reminder_old (key, duty, revision, rung, person, unit, channel, planned_at, state, reason, message)
    SELECT key, duty, revision, rung, person, unit, channel, planned_at, state, reason,
        CASE WHEN message IN (SELECT id FROM message_old) THEN message END FROM reminder WHERE channel <> 'webhook';
INSERT INTO attempt_old (message, n, token, begun_at, ended_at, state, reason, reference, duplicate)
    SELECT message, n, token, begun_at, ended_at, state, reason, reference, duplicate FROM attempt WHERE message IN (SELECT id FROM message_old);
DROP TABLE attempt;
DROP TABLE reminder;
DROP TABLE rendered;
DROP TABLE message;
ALTER TABLE message_old RENAME TO message;
ALTER TABLE reminder_old RENAME TO reminder;
ALTER TABLE attempt_old RENAME TO attempt;
CREATE INDEX message_waiting ON message (deadline, slot, id) WHERE next_at > 0;
CREATE INDEX message_next ON message (next_at) WHERE next_at > 0;
CREATE INDEX reminder_message ON reminder (message);
CREATE INDEX reminder_unattached ON reminder (key) WHERE message IS NULL AND state = 'planned';
DROP TABLE receipt;
DROP TABLE carrier;
DROP TABLE contact_asked;
DROP TABLE contact_check;
DROP TABLE alarm;
DROP TABLE beat;
DROP TABLE escalation;
DROP TABLE nudge_duty;
DROP TABLE nudge;
DROP TABLE call_duty;
DROP TABLE call;
DROP TABLE roster;
DROP TABLE reach;
ALTER TABLE person DROP COLUMN im;
CREATE TABLE role_old (
    person TEXT NOT NULL REFERENCES person (id),
    unit   TEXT NOT NULL REFERENCES unit (id),
    name   TEXT NOT NULL CHECK (name IN ('clerk', 'reviewer')),
    PRIMARY KEY (person, unit, name)
);
INSERT INTO role_old (person, unit, name) SELECT person, unit, name FROM role WHERE name IN ('clerk', 'reviewer');
DROP TABLE role;
ALTER TABLE role_old RENAME TO role;
CREATE INDEX role_unit ON role (unit, name);
