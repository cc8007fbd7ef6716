import { challengeCall, deliverCall, playCall, refundCall, resolveCall, submitCall, withdrawCall } from 'opml/chain'
import type { CallOutcome, ChainConnection, ContractCall, Deployment, TaskView, Transactor } from 'opml/chain'
import { OpmlError } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { claimIdOf, joinDataOf, nextActions, rootTournamentId } from 'opml/dispute'
import type { GameView, PlannedAction, TraceProvider } from 'opml/dispute'
import { AvoidedTasks } from './avoidedTasks.ts'
import { BondTable } from './bondTable.ts'
import { ChainFollower } from './chainFollower.ts'
import type { CommitMode } from './commitChoice.ts'
import { endOfDispute } from './endOfDispute.ts'
import { gameParameters } from './followedTasks.ts'
import { FaultNotFoundError, InvariantBrokenError, isAboutStore, isFatal, TaskNotComputableError } from './errors.ts'
import { modelLevels } from './modelLibrary.ts'
import type { KnownModel, ModelLibrary } from './modelLibrary.ts'
import type { NodeStore, TaskRecord } from './nodeStore.ts'
import { planCommit } from './planCommit.ts'
import type { Picture, Policy } from './policy.ts'
import { settledTasks } from './policy.ts'
import type { Work } from './work.ts'
import type { Answer, Workbench } from './workbench.ts'

/** One thing that a role did, for whoever watches. */
export interface RoleStep {
  readonly role: string
  readonly taskId: Bytes32 | null
  readonly outcome: CallOutcome
  /** The game's action behind the call, if it was one. */
  readonly action: PlannedAction | null
  readonly reason: string
}

/** What a role is made of; everything is injected. */
export interface RoleOptions {
  /** `submitter`, `verifier`, …: for logs. */
  readonly name: string
  readonly connection: ChainConnection
  readonly deployment: Deployment
  readonly transactor: Transactor
  readonly store: NodeStore
  readonly models: ModelLibrary
  readonly workbench: Workbench
  readonly policy: Policy
  /** Seconds an action may take into a block. */
  readonly inclusionSeconds: number
  /** When it commits to its root before it joins. */
  readonly commit: CommitMode
  /** Milliseconds between a commitment's block and the join: time in which the chain's clock goes on by a second. */
  readonly commitGapMs: number
  /** Told of every call that was sent or refused. */
  readonly onStep?: (step: RoleStep) => void
  /** Drops actions; only the liars of tests and demonstration have one. */
  readonly isWilling?: (action: PlannedAction, view: GameView) => boolean
}

/** A refused call is simulated again after this long even on an unchanged chain. */
const REFUSAL_MS = 5_000

/** What one turn did. */
export interface TurnReport {
  /** Calls that are now in a block. */
  readonly numMined: number
  readonly numRefused: number
}

/**
 * A submitter, a verifier, or a liar: reads the chain, asks its policy, sends what follows.
 *
 * Nothing is remembered between turns but the store and caches of it, so a process may be killed between any two statements: the next
 * one reads the same chain and the same store and goes on.
 */
export class Role {
  readonly name: string
  readonly follower: ChainFollower
  private readonly o: RoleOptions
  /** Tasks that cannot be computed here, until the process ends, or not now. */
  private readonly avoided: AvoidedTasks
  /** Tasks whose posted result was recomputed and is right. */
  private readonly approved = new Map<Bytes32, Bytes32>()
  /** What the chain refused, by the head at which it did: not tried again at the same head for a while. */
  private readonly refused = new Map<string, { head: bigint; atMs: number }>()
  private readonly bonds: BondTable
  private isLoaded = false

  constructor(options: RoleOptions) {
    this.o = options
    this.name = options.name
    this.bonds = new BondTable(options)
    this.avoided = new AvoidedTasks(() => options.connection.environment.nowMs())
    this.follower = new ChainFollower({
      connection: options.connection,
      deployment: options.deployment,
      store: options.store,
      account: this.account,
    })
  }

  /** Lower-case address of the account that signs. */
  get account(): Hex {
    return this.o.transactor.account.address.toLowerCase() as Hex
  }

  /** Finishes what an earlier process had sent, and reads the chain to its head. Retryable errors are for the caller to wait out. */
  async follow(): Promise<void> {
    if (!this.isLoaded) await this.follower.load()
    this.isLoaded = true
    await this.o.transactor.recover()
    await this.follower.sync()
  }

  /** What the role sees at the last block read. */
  picture(): Picture {
    return {
      account: this.account,
      now: this.follower.now,
      tasks: [...this.follower.tasks.values()].filter((task) => !this.avoided.has(task.taskId)),
      credits: this.follower.credits,
      models: this.o.models,
      deployment: this.o.deployment,
      winnerOf: (task) => this.winnerOf(task),
      isPlaying: (task) => this.isPlaying(task),
    }
  }

  /**
   * Reads the chain to its head and does all work that is due.
   *
   * @throws {InvariantBrokenError} {@link GameInvariantError} before anything is signed; retryable errors for the caller to wait out.
   */
  async turn(): Promise<TurnReport> {
    await this.follow()
    this.forgetPast()
    let numMined = 0
    let numRefused = 0
    for (const work of this.o.policy(this.picture())) {
      for (const outcome of await this.performAlone(work)) {
        if (outcome.kind === 'mined') numMined++
        else numRefused++
      }
    }
    for (const taskId of settledTasks(this.follower.tasks.values())) this.o.workbench.forget(taskId)
    return { numMined, numRefused }
  }

  /** Nothing is kept of tasks that the follower let go, nor of refusals at an earlier head. */
  private forgetPast(): void {
    const { tasks, head } = this.follower
    this.avoided.keepOnly(tasks)
    for (const taskId of this.approved.keys()) if (!tasks.has(taskId)) this.approved.delete(taskId)
    for (const [key, refusal] of this.refused) if (refusal.head !== head) this.refused.delete(key)
  }

  /** One task's trouble (a history too long to prove, a wallet too empty for this bond) does not keep the others waiting. */
  private async performAlone(work: Work): Promise<CallOutcome[]> {
    try {
      return await this.perform(work)
    } catch (error) {
      const taskId = 'task' in work ? work.task.taskId : null
      const isPostponed = taskId !== null && isAboutStore(error)
      if (isPostponed) this.avoided.postpone(taskId)
      else if (isFatal(error) || !(error instanceof OpmlError) || error.retryable) throw error
      this.log('warn', `${work.kind}: ${error.message} ${error.suggestion}`, taskId)
      return []
    }
  }

  private async perform(work: Work): Promise<CallOutcome[]> {
    switch (work.kind) {
      case 'answer':
        return await this.answer(work.task)
      case 'check':
        return await this.check(work.task)
      case 'play':
        return await this.play(work.task)
      case 'resolve':
        return await this.send(
          resolveCall(this.o.deployment, work.task.taskId),
          work.task.taskId,
          'the result is fixed',
        )
      case 'refund':
        return await this.send(refundCall(this.o.deployment, work.task.taskId), work.task.taskId, 'nobody answered')
      case 'deliver':
        return await this.deliver(work.task)
      case 'withdraw':
        return await this.send(
          withdrawCall(this.o.deployment, { from: work.from, to: this.account }),
          null,
          `${work.amountWei} wei are ours`,
        )
    }
  }

  private async answer(task: TaskView): Promise<CallOutcome[]> {
    const own = await this.ownAnswer(task)
    if (own === null || !own.isDeliverable) return []
    const call = submitCall(this.o.deployment, { taskId: task.taskId, output: own.output })
    return await this.send(call, task.taskId, `our answer has the root ${own.result.slice(0, 10)}`)
  }

  private async check(task: TaskView): Promise<CallOutcome[]> {
    const posted = task.posted
    if (posted === null || this.approved.get(task.taskId) === posted.result) return []
    const own = await this.ownAnswer(task)
    if (own === null) return []
    if (own.result === posted.result) {
      this.approved.set(task.taskId, posted.result)
      this.log('info', 'the posted result is right', task.taskId)
      return []
    }
    if (task.status === 'disputed') return await this.play(task)
    const trace = await this.ownTrace(task)
    const windowEnd = posted.time + this.o.deployment.parameters.challengeWindow
    const committed = await this.commitFirst(task, trace, windowEnd)
    // Somebody else may have opened the dispute meanwhile.
    if (this.follower.tasks.get(task.taskId)?.status !== 'submitted') return committed
    const bondWei = await this.bonds.ofRoot(this.modelOf(task))
    const call = challengeCall(this.o.deployment, { taskId: task.taskId, join: await joinDataOf(trace), bondWei })
    const reason = `posted ${posted.result.slice(0, 10)}, we have ${own.result.slice(0, 10)}`
    return [...committed, ...(await this.send(call, task.taskId, reason))]
  }

  private async play(task: TaskView): Promise<CallOutcome[]> {
    if (task.dispute === null || (await this.ownAnswer(task)) === null) return []
    const { tournamentId } = task.dispute
    const trace = await this.ownTrace(task)
    const outcomes = await this.commitBeforeRootJoin(task, trace)
    const view = this.follower.gameView(tournamentId)
    const actions = await nextActions({
      view,
      me: this.account,
      trace,
      params: gameParameters(this.o.deployment),
      levels: modelLevels(this.modelOf(task)),
      bondsWei: await this.bonds.of(this.modelOf(task)),
      now: this.follower.now,
      options: {
        inclusionSeconds: this.o.inclusionSeconds,
        commitSalt: this.o.transactor.account.commitSalt({ tournamentId, root: await trace.root() }),
        commitFirst: false,
      },
    })
    for (const action of actions) {
      if (this.o.isWilling?.(action, view) === false) continue
      const call = await this.callOf(task, action, view)
      if (call !== null) outcomes.push(...(await this.send(call, task.taskId, action.reason, action)))
    }
    return outcomes
  }

  /** Null where the action is left to another for now. */
  private async callOf(task: TaskView, action: PlannedAction, view: GameView): Promise<ContractCall | null> {
    const { deployment } = this.o
    if (action.kind !== 'finishRoot') return playCall(deployment, action)
    const p = { deployment, task, action, view, account: this.account, now: this.follower.now }
    return await endOfDispute(p, () => this.ownAnswer(task))
  }

  /** A commitment, if the own claim is missing in the task's root tournament and is worth one. */
  private async commitBeforeRootJoin(task: TaskView, trace: TraceProvider): Promise<CallOutcome[]> {
    if (task.dispute === null) return []
    const view = this.follower.gameView(task.dispute.tournamentId)
    const root = view.tournaments.get(view.rootId)
    const ownId = claimIdOf(view.rootId, { root: await trace.root(), outcome: await trace.outcome() })
    if (root === undefined || root.finished || view.claims.has(ownId)) return []
    return await this.commitFirst(task, trace, root.windowEnd)
  }

  /**
   * Commits to the own root where that pays and waits until the commitment is in a block and the chain's clock has gone on, so that the
   * join may follow at once: a copy of it is younger in any case. Empty where nothing was sent.
   */
  private async commitFirst(task: TaskView, trace: TraceProvider, windowEnd: number): Promise<CallOutcome[]> {
    const { connection, deployment, inclusionSeconds, commit: mode, transactor } = this.o
    const view = this.follower.gameView(rootTournamentId(deployment.market, task.taskId))
    const action = await planCommit(
      { connection, deployment, inclusionSeconds, mode, account: transactor.account },
      { task, trace, view, windowEnd, now: this.follower.now, bondWei: await this.bonds.ofRoot(this.modelOf(task)) },
    )
    if (action === null || this.o.isWilling?.(action, view) === false) return []
    const outcomes = await this.send(playCall(deployment, action), task.taskId, action.reason, action)
    await connection.environment.sleep(this.o.commitGapMs)
    await this.follower.sync()
    return outcomes
  }

  private async deliver(task: TaskView): Promise<CallOutcome[]> {
    const own = await this.ownAnswer(task)
    if (own === null || own.output === null || !own.isDeliverable || own.result !== task.resolved?.result) return []
    const call = deliverCall(this.o.deployment, { taskId: task.taskId, output: own.output })
    return await this.send(call, task.taskId, 'our result won')
  }

  /** The own answer, computed once and stored before anything rests on it; null where it cannot be computed. */
  private async ownAnswer(task: TaskView): Promise<Answer | null> {
    const known = await this.o.store.loadTask(task.taskId)
    if (known !== null) return known
    const answer = await this.compute(task, () => this.o.workbench.answer(this.modelOf(task), task))
    if (answer === null) return null
    await this.o.store.saveTask({ taskId: task.taskId, ...answer, traceRoot: null })
    return answer
  }

  /** A hostile task must not stop the role: whatever goes wrong while computing it, the task is left alone. A liar without a lie ends. */
  private async compute<T>(task: TaskView, run: () => Promise<T>): Promise<T | null> {
    try {
      return await run()
    } catch (error) {
      if (isAboutStore(error) || error instanceof FaultNotFoundError) throw error
      const cause =
        error instanceof TaskNotComputableError
          ? error
          : new TaskNotComputableError({
              taskId: task.taskId,
              problem: (error instanceof Error ? error.message : String(error)).replace(/\.$/, ''),
              cause: error,
            })
      this.avoided.giveUp(task.taskId)
      this.o.connection.environment.log({ level: 'warn', message: cause.message, fields: { role: this.name } })
      return null
    }
  }

  /**
   * The own history of a task, checked against what was computed before.
   *
   * @throws {InvariantBrokenError} when this process would now say something else than it said.
   */
  private async ownTrace(task: TaskView): Promise<TraceProvider> {
    const trace = await this.o.workbench.trace(this.modelOf(task), task)
    const record = await this.o.store.loadTask(task.taskId)
    const [root, result] = [await trace.root(), await trace.outcome()]
    if (record === null) return trace
    const what = `The recomputation of task ${task.taskId}`
    if (result !== record.result) throw new InvariantBrokenError({ what, expected: record.result, actual: result })
    if (record.traceRoot === null) await this.o.store.saveTask({ ...record, traceRoot: root } satisfies TaskRecord)
    else if (root !== record.traceRoot)
      throw new InvariantBrokenError({ what: `${what} (trace root)`, expected: record.traceRoot, actual: root })
    return trace
  }

  private async send(
    call: ContractCall,
    taskId: Bytes32 | null,
    reason: string,
    action: PlannedAction | null = null,
  ): Promise<CallOutcome[]> {
    const key = `${call.label} ${call.data}`
    if (this.isFreshlyRefused(key)) return []
    const outcome = await this.o.transactor.send(call)
    this.o.onStep?.({ role: this.name, taskId, outcome, action, reason })
    if (outcome.kind === 'refused') {
      this.refused.set(key, { head: this.follower.head, atMs: this.o.connection.environment.nowMs() })
      this.log('info', `refused: ${outcome.error.message}`, taskId, call.label)
    } else {
      this.refused.delete(key)
      this.log('info', `${call.label}: ${reason}`, taskId, outcome.receipt.transactionHash)
    }
    return [outcome]
  }

  private isFreshlyRefused(key: string): boolean {
    const refusal = this.refused.get(key)
    if (refusal === undefined || refusal.head !== this.follower.head) return false
    return this.o.connection.environment.nowMs() - refusal.atMs < REFUSAL_MS
  }

  private modelOf(task: TaskView): KnownModel {
    const model = this.o.models.get(task.modelId)
    if (model === undefined)
      throw new TaskNotComputableError({ taskId: task.taskId, problem: `its model ${task.modelId} is not known here` })
    return model
  }

  private winnerOf(task: TaskView): Hex | 'void' | null {
    if (task.dispute === null) return null
    const view = this.follower.gameView(task.dispute.tournamentId)
    const root = view.tournaments.get(view.rootId)
    if (root === undefined || !root.finished) return null
    const winner = root.claimIds.map((id) => view.claims.get(id)).find((claim) => claim?.status === 'won')
    return winner === undefined ? 'void' : winner.owner
  }

  private isPlaying(task: TaskView): boolean {
    if (task.dispute === null) return false
    const view = this.follower.gameView(task.dispute.tournamentId)
    return [...view.claims.values()].some((claim) => claim.owner === this.account)
  }

  private log(level: 'info' | 'warn', message: string, taskId: Bytes32 | null, detail?: string): void {
    this.o.connection.environment.log({
      level,
      message,
      fields: { role: this.name, ...(taskId === null ? {} : { taskId }), ...(detail === undefined ? {} : { detail }) },
    })
  }
}
