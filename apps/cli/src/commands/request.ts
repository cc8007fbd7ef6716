import { readFile } from 'node:fs/promises'
import {
  MAX_CHUNK_BYTES,
  checkBalance,
  readInputHeight,
  readIsRegistered,
  readRequestNonce,
  requestCall,
  requestInChunks,
} from 'opml/chain'
import type { ChainConnection, Deployment, RequestTerms, Transactor, UploadedRequest } from 'opml/chain'
import { SLOT_LENGTH_BYTES, bytesToHex, hexToBytes } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { FileAccessError, readModel } from '@opml/node'
import { formatEther, parseSeconds, parseWei } from '../amounts.ts'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { heightsOf, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdIn } from '../taskIdIn.ts'
import { describeTask, waitUntilSettled } from '../taskStatus.ts'

interface RequestOptions extends SigningOptions, ModelOptions {
  readonly model: string
  readonly input: string
  readonly fee: string
  readonly deadline: string
  readonly restart?: boolean
  readonly wait?: boolean
}

/** Longer inputs are uploaded in chunks: this one, with its length word, fills a chunk. */
const MAX_SINGLE_CALL_BYTES = MAX_CHUNK_BYTES - SLOT_LENGTH_BYTES

/** `opml request`: asks a model for its answer to a file. */
export const requestCommand: CommandFactory = (context) =>
  withHeights(
    withKey(
      context,
      chainCommand(context, 'request', {
        summary: 'ask a model for its answer to an input',
        example: 'opml request --model models/mnist-int8.elf --input models/digits/7.bin --fee 0.01ether --wait',
      }),
    ),
  )
    .requiredOption('--model <id|file>', 'model id, or its ELF file')
    .requiredOption('--input <file|hex>', 'file with the input bytes, or 0x and hexadecimal digits')
    .option('--fee <amount>', 'fee with its unit', '0.01ether')
    .option('--deadline <duration>', 'answers later than this are refused', '1d')
    .option(
      '--restart',
      'of an input that is uploaded in chunks: begin at its first byte, even if it was asked already',
    )
    .option('--wait', 'follow the task until it is final')
    .action(async (options: RequestOptions) => {
      const feeWei = parseWei('--fee', options.fee)
      const seconds = parseSeconds('--deadline', options.deadline)
      const input = await inputBytes(options.input)
      const modelId = await modelIdOf(options)
      const { connection, deployment } = await openChain(context, options)
      if (!(await readIsRegistered(connection, { deployment, modelId })))
        throw new UsageError({ flag: '--model', value: modelId, expected: 'registered on this chain' })
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      const nonce = await readRequestNonce(connection, { deployment, requester: transactor.account.address })
      const { timestamp } = await connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
      const terms = { modelId, feeWei, deadline: Number(timestamp) + seconds }
      const sending = { connection, deployment, transactor, terms, input }
      const { taskId, receipt } =
        input.length > MAX_SINGLE_CALL_BYTES
          ? await sendInChunks(context, options, sending)
          : await sendInOneCall(sending)
      const json = {
        taskId,
        ...terms,
        nonce: receipt === null ? null : nonce,
        transaction: receipt?.transactionHash ?? null,
        gas: receipt?.gasUsed ?? null,
      }
      if (options.wait !== true) {
        const text =
          receipt === null
            ? `Task ${taskId}\nis open already, with this input. "--restart" asks again.`
            : `Task ${taskId}\n${formatEther(feeWei)} ether for an answer within ${options.deadline}.`
        return writeResult(context, { isJson: options.json === true, json, text })
      }
      const task = await waitUntilSettled(context, { connection, deployment, taskId })
      writeResult(context, {
        isJson: options.json === true,
        json: { ...json, status: task.status, output: task.output, result: task.resolved?.result ?? null },
        text: describeTask(task, deployment),
      })
    })

/** What it takes to send a request. */
interface Sending {
  readonly connection: ChainConnection
  readonly deployment: Deployment
  readonly transactor: Transactor
  readonly terms: RequestTerms
  readonly input: Uint8Array
}

async function sendInOneCall(p: Sending): Promise<UploadedRequest> {
  const { connection, deployment, transactor, terms } = p
  const { address } = transactor.account
  await checkBalance(connection, { address, neededWei: terms.feeWei, purpose: 'the fee' })
  const receipt = await sendOrThrow(transactor, requestCall(deployment, { ...terms, input: bytesToHex(p.input) }))
  return { taskId: taskIdIn(deployment, receipt), receipt }
}

/** Uploads with a line of progress a chunk on standard error. */
async function sendInChunks(context: CliContext, options: RequestOptions, p: Sending): Promise<UploadedRequest> {
  const inputHeight = await readInputHeight(p.connection, { deployment: p.deployment, modelId: p.terms.modelId })
  return await requestInChunks(p.connection, {
    ...p,
    inputHeight,
    isRestart: options.restart === true,
    onProgress: ({ arrivedBytes, slotBytes }) => {
      if (options.json !== true) context.writeError(`${progressBar(arrivedBytes, slotBytes)}\n`)
    },
  })
}

const BAR_WIDTH = 24

function progressBar(done: number, all: number): string {
  const numFull = Math.floor((done * BAR_WIDTH) / all)
  return `[${'#'.repeat(numFull)}${'.'.repeat(BAR_WIDTH - numFull)}] ${done} of ${all} bytes uploaded`
}

async function inputBytes(input: string): Promise<Uint8Array> {
  if (/^0x([0-9a-f]{2})*$/i.test(input)) return hexToBytes(input.toLowerCase() as Hex)
  return await readFile(input).catch((cause: unknown) => {
    throw new FileAccessError({ path: input, purpose: 'the input', cause })
  })
}

async function modelIdOf(options: RequestOptions): Promise<Bytes32> {
  if (/^0x[0-9a-f]{64}$/i.test(options.model)) return options.model.toLowerCase() as Bytes32
  return (await readModel(options.model, heightsOf(options))).modelId
}
