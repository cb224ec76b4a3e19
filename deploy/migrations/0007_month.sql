-- The month: what became of each visit, the aggregates of each day, and the files that went out. All but the files and
-- who made them is derived from the journal, and can be made again of it.

-- One row per leg of each visit of days that are over; a visit without a leg has one row. Row data: kept for months.
create table visit (
    site        text        not null,
    area        text        not null,
    day         date        not null, -- on which it began, in the site's time zone
    visit       text        not null, -- ticket/… or call/…
    leg         smallint    not null, -- from 0
    left_out    text,                 -- why it is in no figure: cancelled, off_hours
    queue       text,                 -- null: not known, or none
    priority    text        not null,
    appointment timestamptz,
    entered     timestamptz,
    clock_start timestamptz,          -- the later of entry, opening and appointment
    called      timestamptz,
    recalls     integer     not null,
    counter     text,
    started     timestamptz,
    ended       timestamptz,
    outcome     text,                 -- served, no_show, abandoned, presumed, …; informed and left for calls without a leg
    wait_s      double precision,     -- from the start of the clock to the first call, or to the end; null: not known
    late        boolean,              -- beyond the commitment's time; null: not judged
    primary key (site, area, day, visit, leg)
) partition by range (day);

-- Daily aggregates, which sum: of each queue and half-hour in which its customers entered. Kept for years.
create table tally (
    site             text     not null,
    area             text     not null,
    day              date     not null,
    queue            text     not null, -- '': of the area, in no queue
    half_hour        smallint not null, -- 0 to 47, by the clock on the wall
    tickets          integer  not null, -- visits that began here
    legs             integer  not null,
    called           integer  not null,
    judged           integer  not null, -- visits whose wait is known against the commitment
    within           integer  not null, -- of them, called or answered in time
    late_uncalled    integer  not null, -- of them, late and never called
    short            integer  not null, -- of telephone calls judged, those that left within the time
    served           integer  not null,
    no_show          integer  not null,
    abandoned        integer  not null,
    presumed         integer  not null,
    left_at_closing  integer  not null,
    transferred      integer  not null,
    requeued         integer  not null,
    overflowed       integer  not null,
    priority         integer  not null,
    appointments     integer  not null,
    answered         integer  not null, -- visits by call: by an agent
    lost             integer  not null, -- over, and answered by nobody
    received         integer  not null, -- calls of the area
    informed         integer  not null,
    in_voice_server  integer  not null,
    off_hours        integer  not null,
    cancelled        integer  not null,
    arrival_unknown  integer  not null,
    answers          integer  not null,
    service_n        integer  not null,
    total_wait_n     integer  not null,
    wait_sum_s       double precision not null, -- of those called
    wait_max_s       double precision,
    answer_sum_s     double precision not null, -- of first legs answered
    service_sum_s    double precision not null,
    total_wait_sum_s double precision not null, -- of visits called at all: their waits, all legs together
    service_max_s    double precision,
    waits            integer[] not null, -- whole seconds that somebody called had waited, in order
    waits_n          integer[] not null, -- and how many had
    gone             integer[] not null, -- the same of those who were not called
    gone_n           integer[] not null,
    primary key (site, area, day, queue, half_hour)
) partition by range (day);

-- Days of which something was heard, and up to where in the journal their tallies go.
create table day (
    site    text    not null,
    area    text    not null,
    day     date    not null,
    touched bigint  not null,               -- position of the last event that bears on it
    upto    bigint,                         -- what its tally was made of; null: not yet
    plan    text    not null default '',    -- digest of what it was judged by
    purged  boolean not null default false, -- its row data are gone: it stays as it is
    primary key (site, area, day)
);

-- Up to where in the journal it is known which days are touched.
create table tallied (
    site     text   not null primary key,
    position bigint not null
);

-- The partitions of a month.
create function month_partitions(month date) returns void
language plpgsql
as $$
declare
    parent text;
    partition text;
begin
    foreach parent in array array['visit', 'tally'] loop
        partition := parent || '_' || to_char(month, 'YYYY_MM');
        if to_regclass(partition) is null then
            perform pg_advisory_xact_lock(hashtext('month_partitions'));
            execute format('create table if not exists %I partition of %I for values from (%L) to (%L)',
                           partition, parent, month, (month + interval '1 month')::date);
        end if;
    end loop;
end
$$;

-- The facts of a month, and every version that they had.
create table month (
    site    text        not null,
    month   date        not null, -- its first
    version integer     not null, -- from 1
    digest  text        not null, -- of the facts
    facts   bytea       not null, -- JSON, compressed
    made_at timestamptz not null default now(),
    primary key (site, month, version)
);

-- The files made of them.
create table month_file (
    site    text    not null,
    month   date    not null,
    version integer not null,
    name    text    not null,
    kind    text    not null, -- open, office, report, sheet, indicators
    content bytea   not null,
    primary key (site, month, version, name)
);

-- Who did what with a month, append-only.
create table month_act (
    site    text        not null,
    number  bigint      generated always as identity,
    month   date        not null,
    version integer     not null,
    at      timestamptz not null default now(),
    who     text        not null,
    act     text        not null, -- made, again, changed, kept, mailed, not_mailed
    detail  text        not null default '',
    primary key (site, number)
);

create index month_act_by_month on month_act (site, month, number);

-- What was purged, append-only.
create table purge (
    site   text        not null,
    number bigint      generated always as identity,
    at     timestamptz not null default now(),
    who    text        not null,
    what   text        not null, -- a table or a partition; day: its days were marked
    before date        not null, -- what was older is gone
    rows   bigint      not null,
    primary key (site, number)
);
