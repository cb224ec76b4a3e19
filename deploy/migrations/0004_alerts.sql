-- Alerts: what was wrong, from when until when, who was told and what was done; the auditor's evidence.

create table alert (
    site        text        not null,
    id          text        not null,
    area        text        not null, -- empty: the site as a whole
    topic       text        not null, -- wait, budget, device, data
    fired_at    timestamptz,          -- null while it is only pending
    resolved_at timestamptz,
    state       jsonb       not null, -- the whole of it, timers included: a restart goes on from here
    primary key (site, id)
);

-- one at a time; the others of a topic in an area join it
create unique index alert_open on alert (site, area, topic) where resolved_at is null;
create index alert_by_end on alert (site, resolved_at);

-- The timeline, append-only.
create table alert_moment (
    site   text        not null,
    alert  text        not null,
    number bigint      generated always as identity,
    at     timestamptz not null,
    kind   text        not null,
    who    text        not null,
    text   text        not null,
    primary key (site, alert, number)
);

-- Silences: nobody is told, for a while and a reason.
create table alert_mute (
    site    text        not null,
    id      bigint      generated always as identity,
    area    text        not null,
    topic   text        not null,
    subject text,                 -- a queue or a device; null: all of the area's topic
    since   timestamptz not null,
    until   timestamptz not null,
    reason  text        not null,
    who     text        not null,
    primary key (site, id)
);

create index alert_mute_by_end on alert_mute (site, until);

-- What is to be sent, in the transaction that made it necessary. Times are this database's own.
create table alert_message (
    site          text        not null,
    number        bigint      generated always as identity,
    key           text        not null, -- the same however often it is sent
    alert         text        not null,
    recipient     text        not null,
    message       jsonb       not null,
    queued        timestamptz not null default clock_timestamp(),
    next_at       timestamptz not null default clock_timestamp(),
    claimed_until timestamptz,
    attempts      integer     not null default 0,
    error         text        not null default '',
    failed_at     timestamptz,
    delivered_at  timestamptz,
    covered_by    text,                 -- a later message said this one, too
    gave_up_at    timestamptz,
    primary key (site, key)
);

create index alert_message_waiting on alert_message (site, alert, recipient, number)
    where delivered_at is null and gave_up_at is null;
create index alert_message_given_up on alert_message (site, gave_up_at) where gave_up_at is not null;
