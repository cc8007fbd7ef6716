import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FileAccessError } from '@opml/node/errors'
import { describeModel } from 'opml/chain'
import {
  convertMnistF32,
  convertMnistInt8,
  encodeMnistInt8StateDict,
  parseSafetensors,
  quantizeMnist,
  readMnistF32,
} from 'opml/importers'
import { loadElf } from 'opml/vm'
import { baseCommand } from '../baseCommand.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'

interface ConvertOptions {
  readonly out: string
  readonly calibrate?: string
  readonly json?: boolean
}

/** `opml convert STATE_DICT`: puts a trained digit network into a program image, without a compiler. */
export const convertCommand: CommandFactory = (context) =>
  baseCommand('convert', {
    summary: 'make a program from the state dict of a 784-20-10 network (safetensors)',
    example: 'opml convert models/mnist-784-20-10.safetensors --out digits.elf',
  })
    .argument(
      '<file>',
      'safetensors: fc1.weight [20,784], fc1.bias, fc2.weight [10,20], fc2.bias; F32, or the 8-bit form',
    )
    .requiredOption('--out <file>', 'the ELF file to write')
    .option(
      '--calibrate <file>',
      'make the 8-bit program, scaled by these images (784 bytes each, one after the other)',
    )
    .action(async (file: string, options: ConvertOptions) => {
      const stateDict = await read(file, 'the state dict')
      const elf = await programOf(stateDict, options.calibrate)
      await writeFile(options.out, elf).catch((cause: unknown) => {
        throw new FileAccessError({ path: options.out, purpose: 'the program', cause })
      })
      const { modelId } = describeModel(loadElf(elf))
      writeResult(context, {
        isJson: options.json === true,
        json: { file: options.out, bytes: elf.length, modelId },
        text: `${options.out}: ${elf.length} bytes, model ${modelId} at the default heights.`,
      })
    })

async function programOf(stateDict: Uint8Array, calibrationFile: string | undefined): Promise<Uint8Array> {
  const tensors = parseSafetensors(stateDict)
  if (calibrationFile !== undefined) {
    const images = await read(calibrationFile, 'the calibration images')
    const quantized = encodeMnistInt8StateDict(quantizeMnist(readMnistF32(tensors), images))
    return convertMnistInt8({ template: await template('mnistInt8'), stateDict: quantized })
  }
  const isInt8 = tensors.tensors.get('fc1.weight')?.dtype === 'I8'
  return isInt8
    ? convertMnistInt8({ template: await template('mnistInt8'), stateDict })
    : convertMnistF32({ template: await template('mnistF32'), stateDict })
}

/** The compiled program with an empty model region that this version ships. */
async function template(name: 'mnistF32' | 'mnistInt8'): Promise<Uint8Array> {
  return await read(
    fileURLToPath(new URL(`../../../../guest/images/${name}.elf`, import.meta.url)),
    'the program image',
  )
}

async function read(path: string, purpose: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose, cause })
  })
}
