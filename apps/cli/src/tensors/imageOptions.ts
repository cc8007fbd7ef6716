import { type Command, Option } from 'commander'
import { UsageError } from '../exitCodes.ts'
import type { ImageRules } from './imageTensor.ts'

/** Options that say how an image becomes a tensor. */
export interface ImageOptions {
  readonly imageLayout: ImageRules['layout']
  readonly imageChannels: ImageRules['channels']
  readonly imageScale?: string
  readonly imageMean: string
  readonly imageStd: string
  readonly imageResize?: boolean
}

/** Adds `--image-layout` and its likes. */
export function withImageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--image-layout <order>', 'dimensions of an image input').choices(['nchw', 'nhwc']).default('nchw'),
    )
    .addOption(new Option('--image-channels <order>', 'order of three channels').choices(['rgb', 'bgr']).default('rgb'))
    .option(
      '--image-scale <number>',
      'an element is (pixel · scale − mean) ÷ std, pixels 0 to 255; a number or 1/255',
      '1/255',
    )
    .option('--image-mean <list>', 'one number, or one a channel', '0')
    .option('--image-std <list>', 'one number, or one a channel', '1')
    .option('--image-resize', 'fit images of another size (bilinear)')
}

/** @throws {UsageError} for what is no number, or a divisor of 0. */
export function imageRulesOf(options: ImageOptions): ImageRules {
  return {
    layout: options.imageLayout,
    channels: options.imageChannels,
    ...(options.imageScale !== undefined && { scale: fraction('--image-scale', options.imageScale) }),
    mean: options.imageMean.split(',').map((text) => fraction('--image-mean', text)),
    std: options.imageStd.split(',').map((text) => nonZero('--image-std', text)),
    isResized: options.imageResize === true,
  }
}

const DECIMAL = /^-?\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,3})?$/

function fraction(flag: string, text: string): number {
  const [above = '', below, ...rest] = text.trim().split('/')
  const value = Number(above) / Number(below ?? '1')
  const isNumber =
    [above, below ?? '1'].every((part) => DECIMAL.test(part)) && rest.length === 0 && Number.isFinite(value)
  if (!isNumber) throw new UsageError({ flag, value: text, expected: 'a number such as 0.5 or 1/255' })
  return value
}

function nonZero(flag: string, text: string): number {
  const value = fraction(flag, text)
  if (value === 0) throw new UsageError({ flag, value: text, expected: 'a number other than 0' })
  return value
}
