-- Corrected clocks, a quarantine that can be replayed and is bounded, and what each device sent, day by day.

drop index journal_by_time;
create index journal_by_time on journal (site, at); -- a day of a site, for the ledger, as well as of one of its areas

alter table journal add column correction interval; -- what was added to `time` to have `at`, where a clock was off

-- What was kept aside, each message once however often it came.
alter table quarantine
    add column digest       bytea,
    add column times        integer     not null default 1,
    add column content_type text,
    add column properties   jsonb       not null default '[]',
    add column replayed     timestamptz; -- when it was understood after all
update quarantine set digest = sha256(convert_to(number::text, 'UTF8'));
alter table quarantine alter column digest set not null;
create unique index quarantine_once on quarantine (digest);

alter table presence
    add column retired boolean not null default false,
    add column waiting jsonb,       -- how many wait in each queue, as the device counts them
    add column before  timestamptz; -- when it was heard last before the gap that this presence ended
create index presence_by_end on presence (heard_until);

-- The clock of each device, one row per while in which it went as ours.
create table clock (
    site       text        not null,
    area       text        not null,
    device     text        not null,
    told_from  timestamptz not null, -- by the device's own clock
    told_until timestamptz not null,
    correction interval    not null, -- to be added to its times
    measured   timestamptz not null, -- when it was measured last, by ours
    primary key (site, area, device, told_from)
);

-- What came from each device on each day, in the site's time zone, by when it came. Events that nobody sent twice,
-- late or malformed are in the journal alone.
create table ledger (
    site        text        not null,
    area        text        not null,
    device      text        not null,
    day         date        not null,
    kept        bigint      not null default 0,
    doubled     bigint      not null default 0, -- came again
    late        bigint      not null default 0, -- came long after they happened
    quarantined bigint      not null default 0,
    aside       bigint      not null default 0, -- different ones of these, which the quarantine holds
    last_late    timestamptz,                   -- when the last late one came
    last_late_at timestamptz,                   -- and when it had happened
    primary key (site, area, device, day)
);
create index ledger_by_lateness on ledger (last_late);

-- Which key the pseudonyms were made with: with another, what comes again would count twice.
create table pseudonyms (
    fingerprint text        not null,
    since       timestamptz not null default now()
);
create unique index pseudonyms_once on pseudonyms ((true));
