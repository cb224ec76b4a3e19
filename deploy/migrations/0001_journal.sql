-- The journal: one row per event, for ever. Partitioned by month of the time that the device told (a duplicate carries
-- the same one, so the primary key holds across partitions).

create sequence journal_position;

create table journal (
    site      text        not null,
    area      text        not null,
    device    text        not null,
    id        text        not null,
    time      timestamptz not null, -- as the device told it
    at        timestamptz not null, -- as we believe it: what all figures go by
    received  timestamptz not null,
    position  bigint      not null default nextval('journal_position'), -- in the order of commits
    type      text        not null,
    sequence  bigint,
    clock     text, -- why `at` is the time of receipt: future, ancient
    data      jsonb       not null,
    primary key (site, area, device, id, time)
) partition by range (time);

create index journal_by_position on journal (position);
create index journal_by_time on journal (site, area, at);

-- times that no clock could mean, and months that have no partition yet
create table journal_other partition of journal default;

-- Makes the partition of a month, with what the default one may hold of it.
create function journal_month(month date) returns void
language plpgsql
as $$
declare
    partition text := 'journal_' || to_char(month, 'YYYY_MM');
    first timestamptz := month::timestamp at time zone 'UTC';
    beyond timestamptz := (month + interval '1 month')::timestamp at time zone 'UTC';
begin
    if to_regclass(partition) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('journal_month'));
    if to_regclass(partition) is not null then
        return;
    end if;
    if (select count(*) from pg_inherits where inhparent = 'journal'::regclass) > 240 then
        return; -- twenty years of months: a device that tells more of them is mistaken, and each costs every query a lock
    end if;
    execute format('create table %I (like journal including defaults)', partition);
    execute format(
        'with moved as (delete from journal_other where time >= %L and time < %L returning *)
         insert into %I select * from moved', first, beyond, partition);
    execute format('alter table journal attach partition %I for values from (%L) to (%L)', partition, first, beyond);
end
$$;

-- Messages that could not be understood, masked.
create table quarantine (
    number    bigint generated always as identity primary key,
    received  timestamptz not null,
    topic     text        not null,
    reason    text        not null,
    detail    text        not null,
    size      integer     not null,
    payload   text        not null
);

create index quarantine_by_time on quarantine (received);

-- When each device was heard, one row per while without a gap.
create table presence (
    site        text        not null,
    area        text        not null,
    device      text        not null,
    heard_from  timestamptz not null,
    heard_until timestamptz not null,
    session     text,
    gone        boolean     not null default false,
    primary key (site, area, device, heard_from)
);
