import { assemble, loadConstant } from '../../scripts/isa/assembler.ts'
import { writeElf } from './elfWriter.ts'
import { randomData, randomProgram, WINDOW_BYTES } from './randomProgram.ts'

const CODE_ADDRESS = 0x10000
const DATA_ADDRESS = 0x1000000

/** One program of a file: its instructions are those from `start` to `end`, its memory is the window at `dataAddress`. */
export interface PlacedProgram {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly dataAddress: number
}

/** An executable with several programs that run one after the other. */
export interface ProgramFile {
  readonly elf: Uint8Array
  readonly programs: readonly PlacedProgram[]
  /** All windows: address and length in bytes. */
  readonly windows: { readonly address: number; readonly length: number }
  /** Instructions behind the `ecall` that ends the run on the referee machine, up to and with the exit under Linux. */
  readonly numExitSteps: number
}

/** What a file is made of: the words for a place, and the window's bytes. */
export interface ProgramSource {
  readonly name: string
  words(place: { address: number; dataAddress: number }): readonly number[]
  readonly data: Uint8Array
}

function littleEndian(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length)
  const view = new DataView(bytes.buffer)
  words.forEach((word, i) => view.setUint32(4 * i, word, true))
  return bytes
}

/** write(1, address, length) under Linux; on the referee machine this `ecall` halts with the environment call trap. */
function writeWindows(address: number, length: number): number[] {
  return [
    ...loadConstant(10, 1),
    ...loadConstant(11, address),
    ...loadConstant(12, length),
    ...loadConstant(17, 64),
    assemble('ecall'),
  ]
}

const EXIT_WORDS = [
  assemble('addi', { rd: 10, rs1: 0, imm: 0 }),
  assemble('addi', { rd: 17, rs1: 0, imm: 93 }),
  assemble('ecall'),
]

/**
 * An executable that runs `sources` in order, writes all windows to standard output and exits with 0.
 *
 * Under Linux the output holds every program's memory and registers. The referee machine runs the same file up to the first
 * `ecall` (a7 = 64) and halts there.
 */
export function programFile(sources: readonly ProgramSource[]): ProgramFile {
  const words: number[] = []
  const data = new Uint8Array(WINDOW_BYTES * sources.length)
  const programs = sources.map((source, i) => {
    const start = CODE_ADDRESS + 4 * words.length
    const dataAddress = DATA_ADDRESS + WINDOW_BYTES * i
    words.push(...source.words({ address: start, dataAddress }))
    data.set(source.data, WINDOW_BYTES * i)
    return { name: source.name, start, end: CODE_ADDRESS + 4 * words.length, dataAddress }
  })
  words.push(...writeWindows(DATA_ADDRESS, data.length), ...EXIT_WORDS)
  const segments = [
    { address: CODE_ADDRESS, bytes: littleEndian(words), flags: 5 },
    { address: DATA_ADDRESS, bytes: data, flags: 6 },
  ]
  const elf = writeElf({ entry: CODE_ADDRESS, segments })
  return { elf, programs, windows: { address: DATA_ADDRESS, length: data.length }, numExitSteps: EXIT_WORDS.length }
}

/** The source of {@link randomProgram} with `seed`. */
export function randomSource(seed: number): ProgramSource {
  return { name: `seed ${seed}`, words: (place) => randomProgram(seed, place), data: randomData(seed) }
}

/** An executable with one random program that ends with exit code 0 on the referee machine and under Linux alike. */
export function randomElf(seed: number): Uint8Array {
  const place = { address: CODE_ADDRESS, dataAddress: DATA_ADDRESS }
  const words = [...randomProgram(seed, place), ...EXIT_WORDS]
  return writeElf({
    entry: CODE_ADDRESS,
    segments: [
      { address: CODE_ADDRESS, bytes: littleEndian(words), flags: 5 },
      { address: DATA_ADDRESS, bytes: randomData(seed), flags: 6 },
    ],
  })
}
