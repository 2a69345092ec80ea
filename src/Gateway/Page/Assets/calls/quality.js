/** How good a connection is, from what the browser measures (getStats). */

const NAMES = ['', 'Poor', 'Fair', 'Good'];

/**
 * @typedef {object} Quality
 * @property {0|1|2|3} level 0: not known yet @property {string} name @property {number} delay milliseconds there and back
 * @property {number} lost per cent @property {number} rate kbit/s that arrive @property {string} picture e.g. "1280 × 720, 30 a second"
 * @property {'direct'|'relay'|''} way @property {string} protocol e.g. "udp", or "tls" towards a relay
 */

export class Meter {
  #before = null;

  /** @param {RTCStatsReport} report @returns {Quality} */
  read(report) {
    const all = [...report.values()];
    const transport = all.find(({ type }) => type === 'transport');
    const pair = report.get(transport?.selectedCandidatePairId) ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected); // Firefox
    const [own, theirs] = [report.get(pair?.localCandidateId), report.get(pair?.remoteCandidateId)];
    const received = all.filter(({ type }) => type === 'inbound-rtp');
    const now = {
      at: pair?.timestamp ?? 0, bytes: pair?.bytesReceived ?? 0,
      packets: sum(received, 'packetsReceived'), lost: sum(received, 'packetsLost'),
    };
    const before = this.#before ?? now;
    this.#before = now;
    const seconds = (now.at - before.at) / 1000;
    const [packets, missing] = [now.packets - before.packets, Math.max(0, now.lost - before.lost)];
    const lost = packets + missing > 0 ? 100 * missing / (packets + missing) : 0;
    const delay = Math.round(1000 * (pair?.currentRoundTripTime ?? 0));
    const picture = received.filter(({ kind, frameWidth }) => kind === 'video' && frameWidth).at(-1);
    const level = !pair ? 0 : lost > 8 || delay > 600 ? 1 : lost > 2 || delay > 250 ? 2 : 3;
    return {
      level, name: NAMES[level], delay, lost: Math.round(lost * 10) / 10,
      rate: seconds > 0 ? Math.round((now.bytes - before.bytes) * 8 / 1000 / seconds) : 0,
      picture: picture ? `${picture.frameWidth} × ${picture.frameHeight}, ${Math.round(picture.framesPerSecond ?? 0)} a second` : '',
      way: !pair ? '' : own?.candidateType === 'relay' || theirs?.candidateType === 'relay' ? 'relay' : 'direct',
      protocol: own?.relayProtocol ?? own?.protocol ?? '',
    };
  }
}

const sum = (all, field) => all.reduce((total, one) => total + (one[field] ?? 0), 0);

/** @param {Quality} quality @returns {string} */
export const inWords = ({ name, delay, lost, rate, picture, way, protocol }) => [
  name && `${name} connection`, `${delay} ms there and back`, `${lost} % lost`, `${rate} kbit/s`, picture && `picture ${picture}`,
  way === 'relay' ? `through a relay (${protocol})` : way && `direct (${protocol})`,
].filter(Boolean).join(' · ');
