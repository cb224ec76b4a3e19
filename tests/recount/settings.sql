-- What an auditor has to know beside the journal: areas, their hours, what was promised. Filled from the configuration.

-- `overtaken_by` to `left_after`: the rules of [tickets]
create temporary table place (
    site text, area text primary key, kind text, name text, zone text,
    overtaken_by integer, overtaken_for interval, left_after interval
);

-- the queues that are configured
create temporary table configured (area text, queue text, name text);

-- the days, each with its opening hours by the wall clock; a day without any is in `calendar` alone
create temporary table calendar (area text, day date, starts timestamptz, ends timestamptz, closing timestamptz, is_open boolean);
create temporary table hours (area text, day date, opens time, closes time);
create temporary table span (area text, day date, opens timestamptz, closes timestamptz);

-- commitments (measure 'within') and targets (measures 'answer_rate', 'lost_rate'), each from a date on
create temporary table promise (
    promise integer primary key, area text, measure text, queue text,
    within_s double precision, target double precision, provenance text, valid_from date
);

-- Student's t that is exceeded, either way, by one in twenty
create temporary table student (degrees integer primary key, t double precision);
