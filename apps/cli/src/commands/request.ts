import {
  MAX_CHUNK_BYTES,
  checkBalance,
  readInputForm,
  readIsRegistered,
  readRequestNonce,
  requestCall,
  requestInChunks,
  requestWithRootCall,
} from 'opml/chain'
import type { ChainConnection, Deployment, RequestTerms, Transactor, UploadedRequest } from 'opml/chain'
import { SLOT_LENGTH_BYTES, bytesToHex } from 'opml/core'
import { openStore } from '@opml/node'
import { formatEther, parseSeconds, parseWei } from '../amounts.ts'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { collect } from '../keyValue.ts'
import { storeOption, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'
import { askedModel, requestInput, storeInput } from '../requestInput.ts'
import type { AskedModel } from '../requestInput.ts'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdIn } from '../taskIdIn.ts'
import { taskOutputs } from '../taskOutputs.ts'
import { describeTask, waitUntilSettled } from '../taskStatus.ts'
import { type ImageOptions, imageRulesOf, withImageOptions } from '../tensors/imageOptions.ts'

interface RequestOptions extends SigningOptions, ModelOptions, ImageOptions {
  readonly model: string
  readonly input?: readonly string[]
  readonly byRoot?: boolean
  readonly store: string
  readonly fee: string
  readonly deadline: string
  readonly restart?: boolean
  readonly wait?: boolean
}

/** Longer inputs are uploaded in chunks: one of these, with a length word, fills a chunk. */
const MAX_SINGLE_CALL_BYTES = MAX_CHUNK_BYTES - SLOT_LENGTH_BYTES

/** `opml request`: asks a model for its answer to a file. */
export const requestCommand: CommandFactory = (context) =>
  withImageOptions(
    withHeights(
      withKey(
        context,
        chainCommand(context, 'request', {
          summary: 'ask a model for its answer to an input',
          example: 'opml request --model lenet.opml --input image=models/digits/7.bin --fee 0.01ether --wait',
        }),
      ),
    ),
  )
    .requiredOption('--model <model>', 'folder of its bundle, its ELF file, or its id')
    .option(
      '--input <input>',
      'of a bundle NAME=FILE as in "opml run", repeated for more; else a file with the input bytes, or 0x and hexadecimal digits',
      collect,
    )
    .option('--by-root', 'put the input into the store and its root alone on the chain; the answer is marked so')
    .option(...storeOption(context, 'the input goes with "--by-root"'))
    .option('--fee <amount>', 'fee with its unit', '0.01ether')
    .option('--deadline <duration>', 'answers later than this are refused', '1d')
    .option(
      '--restart',
      'of an input that is uploaded in chunks: begin at its first byte, even if it was asked already',
    )
    .option('--wait', 'follow the task until it is final')
    .action((options: RequestOptions) => ask(context, options))

async function ask(context: CliContext, options: RequestOptions): Promise<void> {
  const feeWei = parseWei('--fee', options.fee)
  const seconds = parseSeconds('--deadline', options.deadline)
  const rules = imageRulesOf(options)
  const model = await askedModel(options)
  const { modelId } = model
  const input = await requestInput(model, options.input ?? [], rules)
  const { connection, deployment } = await openChain(context, options)
  if (!(await readIsRegistered(connection, { deployment, modelId })))
    throw new UsageError({ flag: '--model', value: modelId, expected: 'registered on this chain' })
  const { tipWei } = deployment.parameters
  const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
  const nonce = await readRequestNonce(connection, { deployment, requester: transactor.account.address })
  const { timestamp } = await connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
  const terms = { modelId, feeWei, deadline: Number(timestamp) + seconds }
  const sending = { connection, deployment, transactor, terms, input, model }
  const { taskId, receipt } =
    options.byRoot === true
      ? await sendRoot(context, options, sending)
      : input.length > MAX_SINGLE_CALL_BYTES
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
  const outputs = taskOutputs(model.known, task)
  writeResult(context, {
    isJson: options.json === true,
    json: {
      ...json,
      status: task.status,
      output: task.output,
      result: task.resolved?.result ?? null,
      ...(outputs && { outputs: outputs.json }),
    },
    text: [describeTask(task, deployment), ...(outputs === null ? [] : [outputs.text])].join('\n\n'),
  })
}

/** What it takes to send a request. */
interface Sending {
  readonly connection: ChainConnection
  readonly deployment: Deployment
  readonly transactor: Transactor
  readonly terms: RequestTerms
  readonly input: Uint8Array
  readonly model: AskedModel
}

async function sendInOneCall(p: Sending): Promise<UploadedRequest> {
  const { connection, deployment, transactor, terms } = p
  const { address } = transactor.account
  await checkBalance(connection, { address, neededWei: terms.feeWei, purpose: 'the fee' })
  const receipt = await sendOrThrow(transactor, requestCall(deployment, { ...terms, input: bytesToHex(p.input) }))
  return { taskId: taskIdIn(deployment, receipt), receipt }
}

async function sendRoot(context: CliContext, options: RequestOptions, p: Sending): Promise<UploadedRequest> {
  const { connection, deployment, transactor, terms, model, input } = p
  const { address } = transactor.account
  await checkBalance(connection, { address, neededWei: terms.feeWei, purpose: 'the fee' })
  const store = openStore(options.store, context.environment)
  const inputRoot = await storeInput(model, { input, store })
  const receipt = await sendOrThrow(transactor, requestWithRootCall(deployment, { ...terms, inputRoot }))
  return { taskId: taskIdIn(deployment, receipt), receipt }
}

/** Uploads with a line of progress a chunk on standard error. */
async function sendInChunks(context: CliContext, options: RequestOptions, p: Sending): Promise<UploadedRequest> {
  const form = await readInputForm(p.connection, { deployment: p.deployment, modelId: p.terms.modelId })
  return await requestInChunks(p.connection, {
    ...p,
    form,
    isRestart: options.restart === true,
    onProgress: ({ arrivedBytes, totalBytes }) => {
      if (options.json !== true) context.writeError(`${progressBar(arrivedBytes, totalBytes)}\n`)
    },
  })
}

const BAR_WIDTH = 24

function progressBar(done: number, all: number): string {
  const numFull = Math.floor((done * BAR_WIDTH) / all)
  return `[${'#'.repeat(numFull)}${'.'.repeat(BAR_WIDTH - numFull)}] ${done} of ${all} bytes uploaded`
}
