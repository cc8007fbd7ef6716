import { DEFAULT_FEE_POLICY, Transactor, checkBalance } from 'opml/chain'
import type { ChainAccount, ChainConnection, Deployment, FeePolicy } from 'opml/chain'
import type { Hex } from 'opml/core'
import type { CommitMode } from './commitChoice.ts'
import { registeredModels } from './modelLibrary.ts'
import type { KnownModel } from './modelLibrary.ts'
import { NodeStore } from './nodeStore.ts'
import type { Policy } from './policy.ts'
import { Role } from './role.ts'
import type { RoleOptions } from './role.ts'
import type { Workbench } from './workbench.ts'

/** What it takes to open a role. */
export interface OpenRoleOptions {
  /** `submitter`, `verifier`: part of what a folder belongs to. */
  readonly name: string
  readonly folder: string
  readonly connection: ChainConnection
  readonly deployment: Deployment
  readonly account: ChainAccount
  readonly models: readonly KnownModel[]
  readonly workbench: Workbench
  readonly policy: Policy
  readonly fees?: Partial<FeePolicy>
  readonly inclusionSeconds?: number
  /** Default: `auto`. */
  readonly commit?: CommitMode
  /** Default: a second. */
  readonly commitGapMs?: number
  readonly onStep?: RoleOptions['onStep']
  readonly isWilling?: RoleOptions['isWilling']
  readonly signal?: AbortSignal
}

/** A role and the way to let go of its folder. */
export interface OpenedRole {
  readonly role: Role
  close(): Promise<void>
}

/** Seconds that an action may take into a block: a few slots of a busy chain. */
export const DEFAULT_INCLUSION_SECONDS = 60

/** Timestamps are whole seconds, and a commitment must be strictly older than a copy: after a second they differ on the fastest chain. */
const DEFAULT_COMMIT_GAP_MS = 1_000

/**
 * Opens a role: checks its models and its balance, locks its folder.
 *
 * @throws {ModelNotRegisteredError} {@link InsufficientFundsError} {@link FolderLockedError} {@link ForeignFolderError}
 */
export async function openRole(options: OpenRoleOptions): Promise<OpenedRole> {
  const { connection, deployment, account } = options
  const { tipWei } = deployment.parameters
  const models = await registeredModels(connection, { deployment, models: options.models })
  await checkBalance(connection, { address: account.address, neededWei: 1n, purpose: `the ${options.name}` })
  const store = await NodeStore.open(options.folder, {
    chainId: deployment.chainId,
    market: deployment.market,
    role: options.name,
    account: account.address.toLowerCase() as Hex,
  })
  const fees = { ...DEFAULT_FEE_POLICY, tipWei, ...options.fees }
  const role = new Role({
    name: options.name,
    connection,
    deployment,
    store,
    models,
    transactor: new Transactor({
      connection,
      account,
      pending: store,
      fees,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
    workbench: options.workbench,
    policy: options.policy,
    inclusionSeconds: options.inclusionSeconds ?? DEFAULT_INCLUSION_SECONDS,
    commit: options.commit ?? 'auto',
    commitGapMs: options.commitGapMs ?? DEFAULT_COMMIT_GAP_MS,
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ...(options.isWilling === undefined ? {} : { isWilling: options.isWilling }),
  })
  return { role, close: () => store.close() }
}
