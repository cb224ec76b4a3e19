-- People and programs that vigie knows, and the trail of who did what. No passwords, only their hashes.

create table account (
    site           text        not null,
    id             text        not null,
    login          text        not null, -- lower case
    name           text        not null, -- as shown, and as the trail says
    email          text,                 -- lower case; what a provider of identities is to say
    subject        text,                 -- who it is there, once it has said so
    role           text        not null, -- viewer, supervisor, quality, admin
    password       text,                 -- argon2id; null: signs in elsewhere
    totp           text,                 -- encrypted; null: none
    totp_step      bigint      not null default 0, -- the last one used: each code is good once
    disabled_at    timestamptz,
    sessions_since timestamptz not null default now(), -- those begun before are over
    primary key (site, id)
);

create unique index account_by_login on account (site, login);
create unique index account_by_email on account (site, email) where email is not null;
create unique index account_by_subject on account (site, subject) where subject is not null;

-- Of programs, by a role; and of screens, by the area of their hall.
create table access_token (
    site       text        not null,
    name       text        not null,
    hash       text        not null, -- SHA-256, hexadecimal
    role       text,
    area       text,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    primary key (site, name),
    check ((role is null) <> (area is null))
);

create unique index access_token_by_hash on access_token (site, hash);

-- Sessions that somebody has ended before their time.
create table ended_session (
    site  text        not null,
    id    text        not null,
    until timestamptz not null,
    primary key (site, id)
);

-- Who did what, append-only.
create table trail (
    site    text        not null,
    number  bigint      generated always as identity,
    at      timestamptz not null,
    account text        not null, -- empty: somebody who is not signed in
    who     text        not null,
    action  text        not null,
    subject text        not null,
    status  integer     not null, -- of HTTP; 0 for what was done at the command line
    primary key (site, number)
);

create index trail_by_time on trail (site, at);
