/** IP addresses and blocks of them, as Istio reads them (Go, net/netip:ParseAddr, ParsePrefix). */

/** An address in groups of 16 bits: two of IPv4, eight of IPv6. The families never meet. */
export type Address = readonly number[];

export interface AddressBlock {
  readonly groups: Address;
  readonly bits: number;
}

/** The address that a text says, null where it says none. The zone of an IPv6 address is left out. */
export function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/**
 * The block that a text says: an address alone, or with the number of its leading bits that count. Null where it says none.
 *
 * Source: istio, pilot/pkg/networking/util/util.go:AddrStrToPrefix.
 */
export function parseBlock(text: string): AddressBlock | null {
  const slash = text.lastIndexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  if (slash >= 0 && address.includes("%")) return null;
  const groups = parseAddress(address);
  if (groups === null) return null;
  const most = groups.length * 16;
  if (slash < 0) return { groups, bits: most };
  const written = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(written) || Number(written) > most) return null;
  return { groups, bits: Number(written) };
}

/** Whether an address is in a block. */
export function inBlock(address: Address, block: AddressBlock): boolean {
  if (address.length !== block.groups.length) return false;
  let bits = block.bits;
  for (let at = 0; bits > 0; at += 1, bits -= 16) {
    const shift = bits >= 16 ? 0 : 16 - bits;
    if ((address[at] ?? 0) >> shift !== (block.groups[at] ?? 0) >> shift) return false;
  }
  return true;
}

/** Whether every address there is is in one of the blocks, as far as a block alone takes a whole family. */
export function takesAll(blocks: readonly AddressBlock[]): boolean {
  const whole = (groups: number): boolean => blocks.some((one) => one.bits === 0 && one.groups.length === groups);
  return whole(2) && whole(8);
}

function parseV4(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [a * 256 + b, c * 256 + d];
}

function parseV6(text: string): Address | null {
  const [address = "", zone] = text.split("%", 2);
  if (zone === "") return null;
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const sides = halves.map((half, side) => groupsOf(half, side === halves.length - 1));
  const [left, right = []] = sides;
  if (left === undefined || left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 1) return missing === 0 ? left : null;
  return missing < 1 ? null : [...left, ...Array<number>(missing).fill(0), ...right];
}

/** The groups of one side of `::`; the last may be an IPv4 address. */
function groupsOf(half: string, atEnd: boolean): Address | null {
  if (half === "") return [];
  const parts = half.split(":");
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    const v4 = atEnd && at === parts.length - 1 && part.includes(".") ? parseV4(part) : null;
    if (v4 !== null) groups.push(...v4);
    else if (/^[\da-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}
