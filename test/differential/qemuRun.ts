import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `qemu-riscv32` did with an executable. */
export interface QemuRun {
  readonly exitCode: number | null
  /** What the program wrote to standard output. */
  readonly output: Uint8Array
  /** The pc of every instruction it executed, in order; empty unless traced. */
  readonly trace: Uint32Array
}

const MAX_OUTPUT_BYTES = 2 ** 28
const TIMEOUT_MS = 120_000

/** The pc in a line of the `exec` log: `Trace 0: 0x7f… [flags/pc/flags/flags] symbol`. */
const TRACE_LINE = /^Trace \d+: \S+ \[[0-9a-f]+\/([0-9a-f]+)\//

function parseTrace(text: string): Uint32Array {
  const pcs: number[] = []
  for (const line of text.split('\n')) {
    const found = TRACE_LINE.exec(line)
    if (found !== null) pcs.push(Number.parseInt(found[1], 16))
  }
  return Uint32Array.from(pcs)
}

/**
 * Runs an ELF file under `qemu-riscv32`, one instruction a translation block when traced, so that the log has a line for each.
 *
 * @throws {Error} when qemu is missing or does not end in two minutes.
 */
export function runQemu(elf: Uint8Array, options: { isTraced: boolean }): QemuRun {
  const folder = mkdtempSync(join(tmpdir(), 'opml-qemu-'))
  try {
    const program = join(folder, 'program.elf')
    const log = join(folder, 'trace.log')
    const output = join(folder, 'output')
    writeFileSync(program, elf, { mode: 0o755 })
    const flags = options.isTraced ? ['-singlestep', '-d', 'exec,nochain', '-D', log] : []
    const outputFile = openSync(output, 'w')
    const stdio = ['ignore', outputFile, 'pipe'] as const
    const run = spawnSync('qemu-riscv32', [...flags, program], {
      stdio: [...stdio],
      maxBuffer: MAX_OUTPUT_BYTES,
      timeout: TIMEOUT_MS,
    })
    closeSync(outputFile)
    if (run.error !== undefined) {
      const isMissing = 'code' in run.error && run.error.code === 'ENOENT'
      throw isMissing
        ? new Error('qemu-riscv32 is missing: apt-get install qemu-user', { cause: run.error })
        : run.error
    }
    const trace = options.isTraced ? parseTrace(readFileSync(log, 'utf8')) : new Uint32Array()
    return { exitCode: run.status, output: new Uint8Array(readFileSync(output)), trace }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
