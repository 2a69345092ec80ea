async vectors => {
  const all = JSON.parse(vectors);
  const base = new URL('.', document.querySelector('script[type=module]').src);
  const load = name => import(new URL(name, base));
  const names = ['files/frames.js', 'files/records.js', 'crypto/keys.js', 'files/sha256.js'];
  const [frames, { seal, Records }, { hkdf, aesKey }, { Sha256 }] = await Promise.all(names.map(load));
  const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  const bytes = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));
  let checks = 0;
  const same = (what, is, should) => {
    if (JSON.stringify(is) !== JSON.stringify(should)) throw new Error(`${what}: ${JSON.stringify(is)} is not ${JSON.stringify(should)}`);
    checks++;
  };

  for (const { sender, channel, number, isEnd, plain, record } of all.records) {
    const raw = await hkdf(bytes(all.secret), new Uint8Array(0), `malten pipe2 bytes ${sender} ${channel}`, 44);
    const keys = { key: await aesKey(raw.slice(0, 32)), start: raw.slice(32) };
    if (isEnd) checks++; // the page never ends its stream
    else same('record', hex(await seal(keys, number, bytes(plain))), record);
    for await (const opened of new Records(keys).add(bytes(record), number)) same('opened', [hex(opened.plain), opened.isLast], [plain, isEnd]);
  }

  const { TYPE, offerFrame, acceptFrame, placeFrame, dataFrame, endFrame, stopFrame, bareFrame, FrameReader } = frames;
  const write = {
    offer: ({ file, isLast, ...described }) => offerFrame(file, described, isLast),
    accept: ({ file, offset, digest }) => acceptFrame(file, offset, bytes(digest)),
    begin: ({ file, offset }) => placeFrame(TYPE.begin, file, offset), have: ({ file, offset }) => placeFrame(TYPE.have, file, offset),
    data: ({ file, content }) => dataFrame(file, bytes(content)), end: ({ file, digest }) => endFrame(file, bytes(digest)),
    stop: ({ file, reason }) => stopFrame(file, reason),
  };
  const read = {
    offer: content => { const { described, isLast } = frames.readOffer(content); return { ...described, isLast }; },
    accept: content => { const { offset, digest } = frames.readAccept(content); return { offset, digest: hex(digest) }; },
    begin: content => ({ offset: frames.readPlace(content) }), have: content => ({ offset: frames.readPlace(content) }),
    data: content => ({ content: hex(content) }),
    end: content => ({ digest: hex(frames.readDigest(content)) }), stop: content => ({ reason: frames.readReason(content) }),
  };
  for (const vector of all.frames) {
    const { says, frame } = vector;
    same(says, hex((write[says] ?? (({ file }) => bareFrame(TYPE[says], file)))(vector)), frame);
    const [{ type, file, content }] = [...new FrameReader().add(bytes(frame))];
    const fields = read[says]?.(content) ?? {};
    same(`read ${says}`, [type, file], [TYPE[says], vector.file]);
    for (const [name, value] of Object.entries(fields)) if (vector[name] !== value) throw new Error(`${says}: ${name}`);
  }
  for (const { why, frame } of all.refused) {
    let isRefused = false;
    try {
      for (const { content } of new FrameReader().add(bytes(frame))) frames.readOffer(content);
    } catch (failure) {
      isRefused = failure instanceof frames.Malformed;
    }
    same(why, isRefused, true);
  }

  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 65_528, 200_001]) {
    const content = Uint8Array.from({ length }, (_, at) => at * 31 + length);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 77) hash.add(content.subarray(at, at + 77));
    same(`SHA-256 of ${length}`, hex(hash.digest()), hex(new Uint8Array(await crypto.subtle.digest('SHA-256', content))));
  }
  return checks;
}
