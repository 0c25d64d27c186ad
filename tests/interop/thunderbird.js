// What a person does with Thunderbird, said to its own objects: each function is one deed.
// The test sends this file with a call behind it; all runs with the program's own rights.

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const INBOX = 0x1000;
const WAIT = { tries: 900, milliseconds: 100 };

function server() {
  return MailServices.accounts.accounts[0].incomingServer;
}

async function until(what, found) {
  for (let n = 0; n < WAIT.tries; n++) {
    const value = found();
    if (value) {
      return value;
    }
    await new Promise(later => setTimeout(later, WAIT.milliseconds));
  }
  throw new Error(`waited too long for ${what}`);
}

function folder(name) {
  return name === "INBOX"
    ? server().rootFolder.getFolderWithFlags(INBOX)
    : server().rootFolder.getChildNamed(name);
}

// A deed that tells a listener of its end, as a promise.
function ended(begin) {
  return new Promise((done, failed) => {
    const told = status => (status ? failed(new Error(status.toString(16))) : done());
    begin({
      QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
      OnStartRunningUrl() {},
      OnStopRunningUrl: (_url, status) => told(status),
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId: () => null,
      onStopCopy: told,
    });
  });
}

function letters(name) {
  return [...folder(name).messages].map(one => ({
    subject: one.mime2DecodedSubject,
    read: one.isRead,
    flagged: one.isFlagged,
  }));
}

function letter(name, subject) {
  return [...folder(name).messages].find(one => one.mime2DecodedSubject === subject);
}

function trust(certificate, port) {
  const known = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
  Cc["@mozilla.org/security/certoverride;1"]
    .getService(Ci.nsICertOverrideService)
    .rememberValidityOverride(
      "127.0.0.1", port, {}, known.constructX509FromBase64(certificate), false
    );
}

async function signIn(address, password, port) {
  const made = MailServices.accounts.createIncomingServer(address, "127.0.0.1", "imap");
  made.port = port;
  made.socketType = Ci.nsMsgSocketType.SSL;
  made.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  made.password = password;
  made.valid = true;
  const account = MailServices.accounts.createAccount();
  account.incomingServer = made;
  const identity = MailServices.accounts.createIdentity();
  identity.email = address;
  account.addIdentity(identity);
  made.performExpand(null);
  await until("the mailboxes", () => folder("INBOX") && folder("Trash"));
  return server().rootFolder.descendants.map(one => one.name).sort();
}

async function sync(name) {
  await ended(told =>
    folder(name).QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, told)
  );
  return letters(name);
}

// It may be about to do so by itself, and is then too busy to do as it is told.
async function keepOffline(name) {
  const all = () => [...folder(name).messages];
  const kept = one => one.flags & Ci.nsMsgMessageFlags.Offline;
  await until("the messages", () => {
    if (!folder(name).locked && !all().every(kept)) {
      folder(name).downloadAllForOffline(null, null);
    }
    return all().every(kept);
  });
}

async function pushed(name, subject) {
  await until(subject, () => letter(name, subject));
}

async function mark(name, subject) {
  folder(name).markMessagesRead([letter(name, subject)], true);
  folder(name).markMessagesFlagged([letter(name, subject)], true);
}

async function move(from, subject, to) {
  const chosen = [letter(from, subject)];
  await ended(told =>
    MailServices.copy.copyMessages(folder(from), chosen, folder(to), true, told, null, false)
  );
}

async function remove(name, subject) {
  const chosen = [letter(name, subject)];
  await ended(told => folder(name).deleteMessages(chosen, null, false, false, told, false));
}

async function append(path, name) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  await ended(told =>
    MailServices.copy.copyFileMessage(file, folder(name), null, false, 1, "", told, null)
  );
}

// A search by the server, not in what is here.
async function search(name, word) {
  const asked = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(
    Ci.nsIMsgSearchSession
  );
  asked.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder(name));
  const term = asked.createTerm();
  term.attrib = Ci.nsMsgSearchAttrib.Body;
  term.op = Ci.nsMsgSearchOp.Contains;
  const value = term.value;
  value.attrib = Ci.nsMsgSearchAttrib.Body;
  value.str = word;
  term.value = value;
  term.booleanAnd = true;
  asked.appendTerm(term);
  const found = [];
  await new Promise((done, failed) => {
    asked.registerListener({
      onNewSearch() {},
      onSearchHit: one => found.push(one.mime2DecodedSubject),
      onSearchDone: status => (status ? failed(new Error(status.toString(16))) : done()),
    });
    asked.search(null);
  });
  return found;
}

async function makeFolder(name) {
  server().rootFolder.createSubfolder(name, null);
  await until(name, () => server().rootFolder.containsChildNamed(name));
}

// What deleting a mailbox is to it.
async function moveFolder(name, into) {
  await ended(told =>
    MailServices.copy.copyFolder(folder(name), folder(into), true, told, null)
  );
  await until(name, () => folder(into).containsChildNamed(name));
}

async function compact(name) {
  await ended(told => folder(name).compact(told, null));
}
