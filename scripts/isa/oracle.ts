/** Byte-addressed memory; bytes that are not in the map are 0. */
export type OracleMemory = ReadonlyMap<number, number>

/** A machine state with integers of any size; every value is in 0 to 2^32 − 1. */
export interface OracleState {
  readonly pc: bigint
  /** x0 to x31; x0 is always 0n. */
  readonly x: readonly bigint[]
  readonly memory: OracleMemory
}

/** A state after one step and the address of the data access, if one was made. */
export interface OracleResult {
  readonly state: OracleState
  readonly dataAddress?: number
}

const WORD = 1n << 32n
const wrap = (value: bigint): bigint => ((value % WORD) + WORD) % WORD

/** `value`'s low `width` bits as a two's-complement number. */
function signed(value: bigint, width = 32n): bigint {
  const low = value & ((1n << width) - 1n)
  return low >> (width - 1n) === 1n ? low - (1n << width) : low
}

/** Bits `high` to `low` of a word. */
const slice = (word: bigint, high: bigint, low: bigint): bigint => (word >> low) & ((1n << (high - low + 1n)) - 1n)

function readBytes(memory: OracleMemory, address: bigint, count: number): bigint {
  let value = 0n
  for (let i = count - 1; i >= 0; i--) value = value * 256n + BigInt(memory.get(Number(address) + i) ?? 0)
  return value
}

/** A trap is a state that differs in pc alone: 0xFFFFFF10 plus the exception code of the RISC-V privileged manual. */
const trap = (state: OracleState, exceptionCode: bigint): OracleResult => ({
  state: { ...state, pc: 0xffffff10n + exceptionCode },
})

function withRegister(state: OracleState, rd: bigint, value: bigint, pc = state.pc + 4n): OracleState {
  const x = state.x.map((old, i) => (i !== 0 && BigInt(i) === rd ? wrap(value) : old))
  return { ...state, x, pc: wrap(pc) }
}

const truncatedQuotient = (a: bigint, b: bigint): bigint => a / b // bigint division truncates towards zero

function multiplyDivide(funct3: bigint, a: bigint, b: bigint): bigint {
  const sa = signed(a)
  const sb = signed(b)
  switch (funct3) {
    case 0n:
      return a * b
    case 1n:
      return (sa * sb) >> 32n
    case 2n:
      return (sa * b) >> 32n
    case 3n:
      return (a * b) >> 32n
    case 4n:
      return b === 0n ? -1n : truncatedQuotient(sa, sb)
    case 5n:
      return b === 0n ? WORD - 1n : a / b
    case 6n:
      return b === 0n ? a : sa - sb * truncatedQuotient(sa, sb)
    default:
      return b === 0n ? a : a - b * (a / b)
  }
}

/** The integer operations that the register and the immediate form share; `isAlternate` is bit 30 of the word. */
function integerOperation(funct3: bigint, isAlternate: boolean, a: bigint, b: bigint): bigint {
  const amount = b % 32n
  switch (funct3) {
    case 0n:
      return isAlternate ? a - b : a + b
    case 1n:
      return a * 2n ** amount
    case 2n:
      return signed(a) < signed(b) ? 1n : 0n
    case 3n:
      return a < b ? 1n : 0n
    case 4n:
      return a ^ b
    case 5n:
      return isAlternate ? signed(a) >> amount : a / 2n ** amount
    case 6n:
      return a | b
    default:
      return a & b
  }
}

function branchTaken(funct3: bigint, a: bigint, b: bigint): boolean | undefined {
  switch (funct3) {
    case 0n:
      return a === b
    case 1n:
      return a !== b
    case 4n:
      return signed(a) < signed(b)
    case 5n:
      return signed(a) >= signed(b)
    case 6n:
      return a < b
    case 7n:
      return a >= b
    default:
      return undefined
  }
}

function jump(state: OracleState, codeEnd: bigint, target: bigint, rd: bigint): OracleResult {
  const to = wrap(target)
  if (to % 4n !== 0n) return trap(state, 0n)
  if (to >= codeEnd) return trap(state, 1n)
  return { state: withRegister(state, rd, state.pc + 4n, to) }
}

function load(state: OracleState, funct3: bigint, rd: bigint, address: bigint): OracleResult {
  const count = { 0: 1, 1: 2, 2: 4, 4: 1, 5: 2 }[Number(funct3)]
  if (count === undefined) return trap(state, 2n)
  if (address % BigInt(count) !== 0n) return trap(state, 4n)
  const raw = readBytes(state.memory, address, count)
  const value = funct3 < 4n ? signed(raw, BigInt(8 * count)) : raw
  return { state: withRegister(state, rd, value), dataAddress: Number(address) }
}

function store(state: OracleState, codeEnd: bigint, funct3: bigint, value: bigint, address: bigint): OracleResult {
  const count = { 0: 1, 1: 2, 2: 4 }[Number(funct3)]
  if (count === undefined) return trap(state, 2n)
  if (address % BigInt(count) !== 0n) return trap(state, 6n)
  if (address < codeEnd) return trap(state, 7n)
  const memory = new Map(state.memory)
  for (let i = 0; i < count; i++) memory.set(Number(address) + i, Number((value >> BigInt(8 * i)) & 255n))
  return { state: { ...state, memory, pc: state.pc + 4n }, dataAddress: Number(address) }
}

function system(state: OracleState, word: bigint): OracleResult {
  if (word === 0x73n) return state.x[17] === 93n ? { state: { ...state, pc: 0xffffff00n } } : trap(state, 8n)
  return trap(state, word === 0x100073n ? 3n : 2n)
}

function execute(state: OracleState, codeEnd: bigint, word: bigint): OracleResult {
  const funct3 = slice(word, 14n, 12n)
  const funct7 = slice(word, 31n, 25n)
  const rd = slice(word, 11n, 7n)
  const a = state.x[Number(slice(word, 19n, 15n))]
  const b = state.x[Number(slice(word, 24n, 20n))]
  const immI = signed(slice(word, 31n, 20n), 12n)
  const isShift = funct3 === 1n || funct3 === 5n
  switch (slice(word, 6n, 0n)) {
    case 0b0110111n:
      return { state: withRegister(state, rd, slice(word, 31n, 12n) << 12n) }
    case 0b0010111n:
      return { state: withRegister(state, rd, state.pc + (slice(word, 31n, 12n) << 12n)) }
    case 0b1101111n: {
      const parts = [slice(word, 31n, 31n) << 20n, slice(word, 19n, 12n) << 12n, slice(word, 20n, 20n) << 11n]
      const offset = parts.reduce((sum, part) => sum + part, slice(word, 30n, 21n) << 1n)
      return jump(state, codeEnd, state.pc + signed(offset, 21n), rd)
    }
    case 0b1100111n:
      return funct3 === 0n ? jump(state, codeEnd, (wrap(a + immI) / 2n) * 2n, rd) : trap(state, 2n)
    case 0b1100011n: {
      const parts = [slice(word, 31n, 31n) << 12n, slice(word, 7n, 7n) << 11n, slice(word, 30n, 25n) << 5n]
      const offset = parts.reduce((sum, part) => sum + part, slice(word, 11n, 8n) << 1n)
      const isTaken = branchTaken(funct3, a, b)
      if (isTaken === undefined) return trap(state, 2n)
      if (isTaken) return jump(state, codeEnd, state.pc + signed(offset, 13n), 0n)
      return { state: { ...state, pc: state.pc + 4n } }
    }
    case 0b0000011n:
      return load(state, funct3, rd, wrap(a + immI))
    case 0b0100011n:
      return store(state, codeEnd, funct3, b, wrap(a + signed((funct7 << 5n) | rd, 12n)))
    case 0b0010011n: {
      const isLegal = !isShift || funct7 === 0n || (funct7 === 0b0100000n && funct3 === 5n)
      if (!isLegal) return trap(state, 2n)
      const value = integerOperation(funct3, isShift && funct7 !== 0n, a, wrap(immI))
      return { state: withRegister(state, rd, value) }
    }
    case 0b0110011n: {
      if (funct7 === 1n) return { state: withRegister(state, rd, multiplyDivide(funct3, a, b)) }
      const hasAlternate = funct3 === 0n || funct3 === 5n
      if (funct7 !== 0n && !(funct7 === 0b0100000n && hasAlternate)) return trap(state, 2n)
      return { state: withRegister(state, rd, integerOperation(funct3, funct7 !== 0n, a, b)) }
    }
    case 0b0001111n:
      return funct3 === 0n ? { state: { ...state, pc: state.pc + 4n } } : trap(state, 2n)
    case 0b1110011n:
      return system(state, word)
    default:
      return trap(state, 2n)
  }
}

/** True when a step from `state` fetches an instruction: not halted, aligned, below CODE_END. */
export function fetches(state: OracleState, codeEnd: number): boolean {
  return state.pc < 0xffffff00n && state.pc % 4n === 0n && state.pc < BigInt(codeEnd)
}

/**
 * One step of the referee machine, worked with integers of any size from the RISC-V manual and spec/04 §2 and §3.
 *
 * It shares no code with the library: the vectors' expected states come from here.
 */
export function oracleStep(state: OracleState, codeEnd: number): OracleResult {
  if (state.pc >= 0xffffff00n) return { state }
  if (state.pc % 4n !== 0n) return trap(state, 0n)
  if (state.pc >= BigInt(codeEnd)) return trap(state, 1n)
  return execute(state, BigInt(codeEnd), readBytes(state.memory, state.pc, 4))
}
