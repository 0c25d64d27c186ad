CREATE TABLE account (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT DEFAULT '' NOT NULL,
  state TEXT DEFAULT 'active' NOT NULL,
  role TEXT DEFAULT 'user' NOT NULL,
  quota_octets BIGINT DEFAULT 0 NOT NULL,
  quota_messages BIGINT DEFAULT 0 NOT NULL,
  used_octets BIGINT DEFAULT 0 NOT NULL,
  used_messages BIGINT DEFAULT 0 NOT NULL,
  generation BIGINT DEFAULT 1 NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);

CREATE TABLE address (
  id INTEGER NOT NULL,
  domain_id BIGINT NOT NULL,
  localpart TEXT DEFAULT '' NOT NULL,
  kind TEXT DEFAULT 'account' NOT NULL,
  account_id BIGINT,
  PRIMARY KEY (id),
  UNIQUE (domain_id, localpart)
);

CREATE INDEX address_account ON address (account_id);

CREATE TABLE alias_target (
  address_id INTEGER NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (address_id, target)
);

CREATE TABLE blob (
  id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  size BIGINT NOT NULL,
  stored BIGINT NOT NULL,
  codec BIGINT DEFAULT 0 NOT NULL,
  place BIGINT DEFAULT 0 NOT NULL,
  refs BIGINT DEFAULT 0 NOT NULL,
  unreferenced_since BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (hash)
);

CREATE INDEX blob_unreferenced ON blob (unreferenced_since) WHERE refs = 0;

CREATE TABLE blob_data (
  id INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE blob_meta (
  id INTEGER NOT NULL,
  version BIGINT DEFAULT 0 NOT NULL,
  envelope BLOB NOT NULL,
  body BLOB NOT NULL,
  bodystructure BLOB NOT NULL,
  parts BLOB NOT NULL,
  header BLOB NOT NULL,
  sent_at BIGINT DEFAULT 0 NOT NULL,
  subject TEXT DEFAULT '' NOT NULL,
  message_id TEXT DEFAULT '' NOT NULL,
  preview TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE credential (
  id INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  kind TEXT DEFAULT 'password' NOT NULL,
  secret TEXT DEFAULT '' NOT NULL,
  name TEXT DEFAULT '' NOT NULL,
  scopes TEXT DEFAULT '' NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  last_used BIGINT DEFAULT 0 NOT NULL,
  expires BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX credential_account ON credential (account_id);

CREATE TABLE domain (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT DEFAULT 'active' NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);

CREATE TABLE event (
  id INTEGER NOT NULL,
  at BIGINT DEFAULT 0 NOT NULL,
  trace TEXT DEFAULT '' NOT NULL,
  kind TEXT DEFAULT '' NOT NULL,
  who TEXT DEFAULT '' NOT NULL,
  words TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX event_trace ON event (trace);

CREATE TABLE expunged (
  mailbox_id INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  uid_low INTEGER NOT NULL,
  uid_high BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, modseq, uid_low)
)
 WITHOUT ROWID;

CREATE TABLE keyword (
  mailbox_id INTEGER NOT NULL,
  bit INTEGER NOT NULL,
  name TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (mailbox_id, bit)
);

CREATE TABLE mailbox (
  id INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  name TEXT DEFAULT '' NOT NULL,
  uidvalidity BIGINT NOT NULL,
  uidnext BIGINT DEFAULT 1 NOT NULL,
  modseq BIGINT DEFAULT 1 NOT NULL,
  messages BIGINT DEFAULT 0 NOT NULL,
  unseen BIGINT DEFAULT 0 NOT NULL,
  deleted BIGINT DEFAULT 0 NOT NULL,
  octets BIGINT DEFAULT 0 NOT NULL,
  special_use TEXT DEFAULT '' NOT NULL,
  objectid TEXT DEFAULT '' NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (account_id, name)
);

CREATE TABLE message (
  id INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  blob_id BIGINT NOT NULL,
  prefix BLOB NOT NULL,
  refs BIGINT DEFAULT 0 NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE placement (
  mailbox_id INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  message_id BIGINT NOT NULL,
  flags BIGINT DEFAULT 0 NOT NULL,
  modseq BIGINT NOT NULL,
  internal_date BIGINT NOT NULL,
  saved_at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  uidl BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, uid)
)
 WITHOUT ROWID;

CREATE INDEX placement_modseq ON placement (mailbox_id, modseq);

CREATE TABLE queue_message (
  id INTEGER NOT NULL,
  blob_id BIGINT NOT NULL,
  prefix BLOB NOT NULL,
  trace TEXT DEFAULT '' NOT NULL,
  reverse_path TEXT DEFAULT '' NOT NULL,
  account_id BIGINT,
  envid TEXT DEFAULT '' NOT NULL,
  ret TEXT DEFAULT '' NOT NULL,
  eightbit BIGINT DEFAULT 0 NOT NULL,
  smtputf8 BIGINT DEFAULT 0 NOT NULL,
  size BIGINT DEFAULT 0 NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  expires BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE queue_recipient (
  queue_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  address TEXT DEFAULT '' NOT NULL,
  domain TEXT DEFAULT '' NOT NULL,
  notify TEXT DEFAULT '' NOT NULL,
  orcpt TEXT DEFAULT '' NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  next_try BIGINT DEFAULT 0 NOT NULL,
  tries BIGINT DEFAULT 0 NOT NULL,
  warned BIGINT DEFAULT 0 NOT NULL,
  lease_owner TEXT DEFAULT '' NOT NULL,
  lease_until BIGINT DEFAULT 0 NOT NULL,
  last_reply TEXT DEFAULT '' NOT NULL,
  last_host TEXT DEFAULT '' NOT NULL,
  finished BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (queue_id, n)
);

CREATE INDEX queue_domain ON queue_recipient (domain, next_try);

CREATE INDEX queue_due ON queue_recipient (next_try) WHERE state = 'waiting';

CREATE TABLE sequence (
  name TEXT NOT NULL,
  next BIGINT DEFAULT 1 NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE setting (
  name TEXT NOT NULL,
  value TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE subscription (
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (account_id, name)
);

CREATE TABLE undelete (
  id INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  mailbox_name TEXT DEFAULT '' NOT NULL,
  flags BIGINT DEFAULT 0 NOT NULL,
  internal_date BIGINT DEFAULT 0 NOT NULL,
  size BIGINT DEFAULT 0 NOT NULL,
  expunged_at BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX undelete_account ON undelete (account_id);

CREATE INDEX undelete_expunged_at ON undelete (expunged_at);

CREATE TABLE view_snapshot (
  mailbox_id INTEGER NOT NULL,
  modseq BIGINT DEFAULT 0 NOT NULL,
  arrays BLOB NOT NULL,
  PRIMARY KEY (mailbox_id)
);
