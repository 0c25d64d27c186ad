// One account, as a program built on imapflow uses it. Given: port, user, password, and a
// FIRST or SECOND visit. Prints one line of JSON: what it saw.

import { ImapFlow } from "imapflow";

const [port, user, pass, visit, known] = process.argv.slice(2);
const client = new ImapFlow({
  host: "127.0.0.1",
  port: Number(port),
  secure: true,
  auth: { user, pass },
  tls: { rejectUnauthorized: false },
  logger: false,
  qresync: true,
  clientInfo: { name: "deeds" },
});

const letter = subject =>
  `From: ${user}\r\nTo: ${user}\r\nSubject: ${subject}\r\n\r\nWords of ${subject}.\r\n`;

async function fetched(query, options) {
  const all = [];
  for await (const one of client.fetch("1:*", query, options)) {
    all.push(one);
  }
  return all;
}

async function first() {
  const list = await client.list();
  const box = await client.mailboxOpen("INBOX");
  const all = await fetched({
    uid: true, flags: true, envelope: true, bodyStructure: true, size: true, source: true,
    internalDate: true, threadId: true, headers: ["subject"],
  });
  const found = await client.search({ body: "letter 2" }, { uid: true });
  const pushed = new Promise(told => client.once("exists", told));
  // The rest happens while this visit listens.
  console.log("listening");
  client.idle();
  const { count } = await pushed;
  await client.messageFlagsAdd("1", ["\\Seen", "$Label"]);
  const moved = await client.messageMove(found, "Archive", { uid: true });
  await client.messageDelete("2");
  const copied = await client.messageCopy("1", "Sent");
  const appended = await client.append("Drafts", letter("by imapflow"), ["\\Draft"], new Date(0));
  const download = await client.download("1");
  let octets = 0;
  for await (const chunk of download.content) {
    octets += chunk.length;
  }
  await client.mailboxCreate("Grüße");
  const status = await client.status("Drafts", { messages: true, uidNext: true, unseen: true });
  return {
    uses: list.map(one => [one.path, one.specialUse ?? null]).sort(),
    subjects: all.map(one => one.envelope.subject),
    whole: all.every(one => one.source.length === one.size),
    structures: all.every(one => one.bodyStructure.type === "text/plain" && one.threadId),
    found: found.length,
    count,
    moved: moved.uidMap.size,
    copied: copied.uidMap.size,
    appended: appended.uid,
    octets: octets === all[0].size,
    status: [status.messages, status.uidNext, status.unseen],
    modseq: String(box.highestModseq),
    uidvalidity: String(box.uidValidity),
  };
}

async function second() {
  const since = JSON.parse(known);
  const gone = [];
  client.on("expunge", event => gone.push(event.uid));
  await client.mailboxOpen("INBOX", {
    changedSince: BigInt(since.modseq),
    uidValidity: BigInt(since.uidvalidity),
  });
  const changed = await fetched(
    { uid: true, flags: true, envelope: true },
    { changedSince: BigInt(since.modseq) },
  );
  return {
    gone: gone.sort(),
    changed: changed.map(one => [one.envelope.subject, [...one.flags].sort()]),
    enabled: [...client.enabled].sort(),
  };
}

await client.connect();
console.log(JSON.stringify(await { FIRST: first, SECOND: second }[visit]()));
await client.logout();
