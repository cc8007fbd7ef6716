import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Role, Workbench } from '@opml/node'
import { readCredits } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { stopProcess } from '../../apps/cli/src/anvil.ts'
import { hasWork } from '../../apps/cli/src/demo/roleProcess.ts'
import { nextMoment } from '../../apps/cli/src/demo/schedule.ts'
import { advanceTo } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { PROGRAM } from './runCli.ts'

/** A line that a command with `--json` wrote. */
export interface EventLine {
  readonly event: string
  readonly [field: string]: unknown
}

/** `opml` as a process that goes on, with the lines that it wrote. */
export class OpmlProcess {
  readonly lines: string[] = []
  /** What it wrote on standard error. */
  errors = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #started: () => void = () => undefined

  private constructor(args: readonly string[], cwd: string) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#ended = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString('utf8')))
    let rest = ''
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      this.lines.push(...lines)
      this.#started()
    })
  }

  /** Starts it and waits for its first line. */
  static async start(args: readonly string[], cwd: string): Promise<OpmlProcess> {
    const started = new OpmlProcess(args, cwd)
    const hasLine = new Promise<void>((resolve) => (started.#started = resolve))
    await Promise.race([hasLine, started.#ended])
    if (started.lines.length === 0) throw new Error(`opml ${args[0]} did not start: ${started.errors}`)
    return started
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** The lines of a command with `--json`. */
  get events(): EventLine[] {
    return this.lines.map((line) => JSON.parse(line) as EventLine)
  }

  /** Calls of a role that are in blocks. */
  get calls(): unknown[] {
    return this.events.filter(({ event }) => event === 'mined').map(({ call }) => call)
  }

  /** Its exit code, once it ends by itself. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    await stopProcess(this.#child)
  }
}

/** A role that runs as a process, as far as its work can be told from outside. */
export interface ProcessParty {
  readonly kind: 'submitter' | 'verifier'
  readonly owner: StageAccount
  /** With its history: a liar's for a liar. */
  readonly workbench: Workbench
}

const POLL_MS = 20

/**
 * Lets the chain's time pass whenever none of the parties has anything to do, until the task is settled and the first party is paid.
 * `observer` reads the chain and does nothing.
 */
export async function playBetweenProcesses(
  stage: Stage,
  p: { taskId: Bytes32; observer: Role; parties: readonly [ProcessParty, ...ProcessParty[]] },
): Promise<TaskView> {
  const { taskId, observer, parties } = p
  for (;;) {
    await observer.follow()
    const task = observer.follower.tasks.get(taskId)
    if (task === undefined) throw new Error(`Task ${taskId} is not known.`)
    if (isSettled(task) && (await isPaid(stage, parties[0]))) return task
    const busy = await Promise.all(parties.map((party) => hasWork({ stage, observer, task, ...party })))
    const next = busy.includes(true) ? null : nextMoment(observer, task, stage)
    if (next === null) await stage.connection.environment.sleep(POLL_MS)
    else await advanceTo(stage.connection, next)
  }
}

function isSettled({ status }: TaskView): boolean {
  return status === 'final' || status === 'refunded'
}

async function isPaid({ connection, deployment }: Stage, { owner }: ProcessParty): Promise<boolean> {
  const { marketWei, tournamentWei } = await readCredits(connection, { deployment, account: owner.account.address })
  return marketWei === 0n && tournamentWei === 0n
}
