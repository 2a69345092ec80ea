// Runs the page's own code against docs/encryption-vectors.json, in the page. VectorTests evaluates it.
async vectors => {
  const { enc2, trace, histories, pipe2 } = JSON.parse(vectors);
  const base = document.querySelector('script[type=module]').src.replace('main.js', 'crypto/');
  const load = name => import(`${base}${name}.js`);
  const [bytes, streams, transcript, pipes, ratchets] = await Promise.all(['bytes', 'enc2', 'transcript', 'pipe2', 'ratchet'].map(load));
  const { toBase64Url, fromBase64Url, concat, utf8 } = bytes;
  const fromHex = text => Uint8Array.from(text.match(/../g), two => parseInt(two, 16));
  const toHex = all => Array.from(all, one => one.toString(16).padStart(2, '0')).join('');
  const small = object => Object.fromEntries(Object.entries(object).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]));
  let checks = 0;
  const same = (actual, expected, why) => {
    if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${why}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
    checks++;
  };

  const keys = await streams.streamKeys(fromHex(enc2.secret));
  same(keys.stream, enc2.stream, 'name');
  same(toHex(await streams.readKey(enc2.key)), enc2.secret, 'key');
  for (const { why, id, content, hash, message } of enc2.messages) {
    same(await streams.hashOf(keys.stream, id, streams.encode(small(content))), hash, why);
    same(await streams.open(keys, id, message), { ...small(content), hash }, why);
    same(await streams.open(keys, id.replace(/.$/, 'g'), message), { fault: 'sealed' }, why);
  }
  for (const { why, id, message, fault } of enc2.failures) same(await streams.open(keys, id, message), { fault }, why);

  const frames = await import(base.replace('crypto/', 'trace/frames.js'));
  const traces = await streams.streamKeys(fromHex(trace.secret), 'trace');
  const signals = await frames.signalKeys(traces.stream, fromHex(trace.secret));
  same(traces.stream, trace.stream, 'name');
  same(toHex(await streams.readKey(trace.key, 'trace')), trace.secret, 'key');
  const { KIND } = frames;
  for (const { why, from, to, frame, text } of trace.signals) {
    const said = await frames.openFrame(signals, from, to, text);
    const again = said.kind === KIND.hello ? frames.hello(said.has) : said.kind === KIND.messages ? [...frames.handOver(said.messages)][0]
      : await frames.isOfAuthor(signals, from, said) && concat(said.body, said.signature);
    same(toHex(again), frame, why);
  }
  for (const { why, from, to, text } of trace.failures) {
    const said = await frames.openFrame(signals, from, to, text);
    same(Boolean(said && await frames.isOfAuthor(signals, from, said)), false, why);
  }

  for (const { why, isWhole, entries, known, since, findings } of histories) {
    const found = transcript.findings(entries, isWhole, known, since);
    same(Object.fromEntries([...found].map(([id, all]) => [id, all.map(({ kind }) => kind)])), findings, why);
  }

  const pairOf = async jwk => ({
    privateKey: await crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']),
    publicBytes: concat(Uint8Array.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)),
  });
  for (const { why, stream, secret, nonce, kemSeed, inviter, joiner, token, isHybrid, code, transcript: whole, root, frames, turns, messages } of pipe2) {
    const invitation = { stream, ...pipes.readToken(token) };
    same(toHex(invitation.secret), secret, why);
    const frame = name => fromBase64Url(frames[name]);
    const pair = await pairOf(inviter);
    const kem = kemSeed && { privateKey: await crypto.subtle.importKey('raw-seed', fromHex(kemSeed), { name: 'ML-KEM-768' }, false, ['decapsulateBits']) };
    const hello = frame('hello').slice(33, -32); // what the inviter committed to
    const first = new pipes.Inviter(invitation, { pair, kem, nonce: fromHex(nonce), hello });
    same(toBase64Url(await first.hello(frame('commit'))), frames.hello, why);
    const { frame: accept, agreed } = await first.accept(frame('reveal'));
    same(toBase64Url(accept), frames.accept, why);
    same(agreed.code, code, why);
    same([toHex(agreed.transcript), toHex(agreed.root)], [whole, root], why);
    same(agreed.isHybrid, isHybrid, why);
    const second = new pipes.Joiner(invitation, { pair: await pairOf(joiner), hasKem: isHybrid });
    same(toBase64Url(await second.commit()), frames.commit, why);
    if (!isHybrid) { // the browser chooses the randomness of ML-KEM itself
      same(toBase64Url(await second.reveal(frame('hello'))), frames.reveal, why);
      const same2 = await second.finish(frame('accept'));
      same(same2.code, code, why);
      same(toHex(same2.root), root, why);
    }

    const pairs = await Promise.all(turns.map(pairOf));
    let isRefusing = false;
    const makePair = async () => (isRefusing ? ratchets.newPair() : pairs.shift());
    const states = { joiner: await ratchets.Ratchet.first(agreed.root, pair.publicBytes, makePair), inviter: ratchets.Ratchet.second(agreed.root, pair, makePair) };
    for (const { does, from, id, said, frame } of messages) {
      const all = fromBase64Url(frame);
      const [type, to] = [all[0], from === 'joiner' ? 'inviter' : 'joiner'];
      const about = concat(agreed.transcript, Uint8Array.of(type), utf8(id));
      if (does === 'seal') {
        const sealed = await states[from][type === pipes.FRAME.bye ? 'sealLast' : 'seal'](pipes.encode(small(said)), about);
        same(toBase64Url(concat(Uint8Array.of(type), sealed)), frame, `${why}: ${does}`);
      } else {
        isRefusing = does === 'refuse';
        const plain = await states[to].open(all.slice(1), about, type === pipes.FRAME.bye);
        same(plain && pipes.decode(plain), isRefusing ? null : small(said), `${why}: ${does}`);
      }
    }
  }
  return checks;
}
