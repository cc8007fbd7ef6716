import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ComputingWorkbench } from '@opml/node'
import { readCredits } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import { stopProcess } from '../anvil.ts'
import { hasWork, writeProcessFiles } from './roleProcess.ts'
import type { ProcessFiles } from './roleProcess.ts'
import type { PlayContext } from './scenario.ts'
import { ScenarioStuckError, nextMoment } from './schedule.ts'
import { advanceTo } from './stage.ts'
import type { Stage, StageAccount } from './stage.ts'

/** The program as its own process; the path is the same seen from sources and from the build. */
const PROGRAM = fileURLToPath(new URL('../../bin/opml.js', import.meta.url))
/** The process is killed when this many calls of it are in blocks: in the middle of the coarse descent. */
const CALLS_BEFORE_KILL = 3
const POLL_MS = 40
const MAX_WALL_MS = 120_000

/** A verifier process with what it printed. */
interface VerifierProcess {
  readonly child: ChildProcess
  /** Calls that it reported as mined. */
  numMined: number
}

/** Starts `opml verify` as a process; `onMined` hears of each call that is in a block. */
function startVerifier(
  stage: Stage,
  files: ProcessFiles,
  onMined: (process: VerifierProcess, call: string, reason: string) => void,
): VerifierProcess {
  const args = ['verify', files.modelFile, '--rpc', stage.anvil.url, '--deployment', files.deploymentFile]
  args.push('--key', files.keyFile, '--folder', files.folder, '--poll', String(POLL_MS), '--min-withdraw', '1wei')
  const child = spawn(process.execPath, [PROGRAM, ...args, '--defend', '--json', '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const verifier: VerifierProcess = { child, numMined: 0 }
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const entry = JSON.parse(line) as { event: string; call?: string; reason?: string }
      if (entry.event !== 'mined') continue
      verifier.numMined++
      onMined(verifier, entry.call ?? '', entry.reason ?? '')
    }
  })
  return verifier
}

/**
 * The liar plays in this process, the verifier in one of its own, which is killed by SIGKILL in the middle of the descent and started
 * again on its folder.
 */
export async function killedVerifier(p: PlayContext): Promise<TaskView> {
  const { stage, actors, onProgress } = p
  const [liar] = actors
  const files = await writeProcessFiles(stage, p.honest.privateKey)
  let hasBeenKilled = false
  const onMined = (verifier: VerifierProcess, call: string, reason: string): void => {
    onProgress(`verifier process ${verifier.child.pid}: ${call}, ${reason}`)
    if (hasBeenKilled || verifier.numMined < CALLS_BEFORE_KILL) return
    hasBeenKilled = true
    verifier.child.kill('SIGKILL')
  }
  let verifier = startVerifier(stage, files, onMined)
  const restart = (): void => {
    onProgress(`verifier process ${verifier.child.pid} was killed (SIGKILL); a new one continues from its folder`)
    verifier = startVerifier(stage, files, onMined)
  }
  try {
    const started = performance.now()
    const workbench = new ComputingWorkbench()
    while (liar !== undefined && performance.now() - started < MAX_WALL_MS) {
      if (verifier.child.signalCode === 'SIGKILL') restart()
      const { numMined } = await liar.role.turn()
      const task = liar.role.follower.tasks.get(p.taskId)
      if (numMined > 0 || task === undefined) continue
      if (task.status === 'final' && (await isPaid(stage, p.honest))) return task
      const { honest: owner } = p
      const isBusy = await hasWork({ stage, kind: 'verifier', owner, observer: liar.role, task, workbench })
      const next = isBusy ? null : nextMoment(liar.role, task, stage)
      if (next === null) await stage.connection.environment.sleep(POLL_MS)
      else await advanceTo(stage.connection, next)
    }
    throw new ScenarioStuckError({ taskId: p.taskId, status: 'still open', now: liar?.role.follower.now ?? 0 })
  } finally {
    await stopProcess(verifier.child)
  }
}

/** Nothing is left to be withdrawn. */
async function isPaid(stage: Stage, { account }: StageAccount): Promise<boolean> {
  const credits = await readCredits(stage.connection, { deployment: stage.deployment, account: account.address })
  return credits.marketWei === 0n && credits.tournamentWei === 0n
}
