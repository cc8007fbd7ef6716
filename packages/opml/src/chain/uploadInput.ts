import type { TransactionReceipt } from 'viem'
import { bytesToHex } from '../core/bytes.ts'
import type { Bytes32, Hex } from '../core/bytes.ts'
import type { RequestTerms } from './actions/request.ts'
import { appendInputCall, requestUploadedCall } from './actions/upload.ts'
import { checkBalance } from './connection.ts'
import type { ChainConnection } from './connection.ts'
import { decodeReceipt } from './decodeLog.ts'
import type { Deployment } from './deployment.ts'
import { NonceTakenError } from './errors.ts'
import type { ContractRevertError } from './errors.ts'
import { MAX_CHUNK_BYTES, nextInputChunk } from './inputChunk.ts'
import { postedInput } from './inputForm.ts'
import type { InputForm } from './inputForm.ts'
import { readOpenRequest, readUpload } from './reads.ts'
import type { Transactor } from './transactor.ts'

/** Looks at the chain after a chunk did not go in as expected, before the error is believed. */
const MAX_LOOKS = 8
const LOOK_MS = 500
/** Gas of a byte of calldata at the floor price, and of a chunk besides (spec/03 §7). */
const BYTE_GAS = 40n
const CHUNK_GAS = 50_000n

/** What {@link requestInChunks} sends. */
export interface ChunkedRequest {
  readonly deployment: Deployment
  readonly transactor: Transactor
  readonly terms: RequestTerms
  /** The input; of a program its tensors one after the other. */
  readonly input: Uint8Array
  readonly form: InputForm
  /** Begin at the first byte, and ask even if the account's last request has the same input and is still open. */
  readonly isRestart?: boolean
  readonly onProgress?: (p: { arrivedBytes: number; totalBytes: number }) => void
}

/** The request that an upload ended in. */
export interface UploadedRequest {
  readonly taskId: Bytes32
  /** Null: the request was there already, an earlier process has sent it. */
  readonly receipt: TransactionReceipt | null
}

/** The name of an upload with its bytes. */
interface Upload {
  readonly deployment: Deployment
  readonly account: Hex
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  readonly form: InputForm
  /** What is posted: an encoded slot, or tensors one after the other. */
  readonly bytes: Uint8Array
}

/**
 * Uploads an input in chunks of at most 64 KiB and opens the request with the last one (spec/03 §7, §8).
 *
 * How far the upload is, it reads from the chain before each chunk: a process that was killed at any point is continued by calling this
 * again with the same input, and a chunk that a reorganisation removed is sent once more.
 * @throws {SlotOverflowError} {@link InputLengthError} {@link InsufficientFundsError} {@link ContractRevertError} and what a {@link Transactor} throws.
 */
export async function requestInChunks(connection: ChainConnection, p: ChunkedRequest): Promise<UploadedRequest> {
  const { deployment, terms, form } = p
  const { bytes, root } = postedInput(form, p.input)
  const account = p.transactor.account.address
  const upload = { deployment, account, modelId: terms.modelId, inputRoot: bytesToHex(root), form, bytes }
  let isRestart = p.isRestart === true
  let numLooks = 0
  for (let isFirst = true; ; isFirst = false) {
    const arrivedBytes = isRestart ? 0 : await arrivedOf(connection, upload)
    const open = arrivedBytes > 0 || isRestart ? null : await readOpenRequest(connection, upload)
    if (open !== null) return { taskId: open, receipt: null }
    if (isFirst) await checkFunds(connection, p, bytes.length - arrivedBytes)
    p.onProgress?.({ arrivedBytes, totalBytes: bytes.length })
    const outcome = await sendNext(p, upload, arrivedBytes)
    if (outcome.kind === 'mined') {
      const taskId = requestIn(deployment, outcome.receipt)
      if (taskId !== null) return { taskId, receipt: outcome.receipt }
      isRestart = false
      numLooks = 0
    } else {
      // The chain may be further than it looked: by a transaction of an earlier process, or on a node that lags behind.
      const isBehind = outcome.error instanceof NonceTakenError || outcome.error.reason === 'ChunkOutOfOrder'
      if (!isBehind || ++numLooks > MAX_LOOKS) throw outcome.error
      await connection.environment.sleep(LOOK_MS)
    }
  }
}

/** Posted bytes that the chain has; an upload of another length is begun anew. */
async function arrivedOf(connection: ChainConnection, upload: Upload): Promise<number> {
  const { totalBytes, arrivedBytes } = await readUpload(connection, upload)
  return totalBytes === upload.bytes.length ? arrivedBytes : 0
}

type Sent =
  | { readonly kind: 'mined'; readonly receipt: TransactionReceipt }
  | { readonly kind: 'refused'; readonly error: ContractRevertError | NonceTakenError }

/** Sends the chunk that follows `offset` bytes. */
async function sendNext(p: ChunkedRequest, upload: Upload, offset: number): Promise<Sent> {
  const { deployment, terms, transactor } = p
  const { form, bytes, inputRoot } = upload
  const { end, isLast } = nextInputChunk({ form, offset, totalBytes: bytes.length })
  const part = { inputRoot, offset, chunk: bytesToHex(bytes.subarray(offset, end)) }
  try {
    return await transactor.send(
      isLast
        ? requestUploadedCall(deployment, { ...terms, ...part })
        : appendInputCall(deployment, { modelId: terms.modelId, ...part }),
    )
  } catch (error) {
    if (!(error instanceof NonceTakenError)) throw error
    return { kind: 'refused', error }
  }
}

/** The task that a receipt opened, or null. */
function requestIn(deployment: Deployment, receipt: TransactionReceipt): Bytes32 | null {
  const events = decodeReceipt(deployment, { receipt, time: 0 }).map(({ event }) => event)
  return events.find((event) => event.kind === 'Requested')?.taskId ?? null
}

/** Better now than in the middle: the fee, and the gas of what is still to be sent at the present base fee. */
async function checkFunds(connection: ChainConnection, p: ChunkedRequest, numBytes: number): Promise<void> {
  const { baseFeePerGas } = await connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
  const gas = BigInt(numBytes) * BYTE_GAS + BigInt(Math.ceil(numBytes / MAX_CHUNK_BYTES)) * CHUNK_GAS
  const gasWei = gas * ((baseFeePerGas ?? 0n) + p.deployment.parameters.tipWei)
  const { address } = p.transactor.account
  await checkBalance(connection, { address, neededWei: p.terms.feeWei + gasWei, purpose: 'the fee with the upload' })
}
