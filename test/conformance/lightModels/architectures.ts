import { type Layer, NetBuilder } from './netBuilder.ts'

/** Size of the image, factor of the channels (1: as published) and seed of the weights. */
export interface NetOptions {
  readonly size: number
  readonly width: number
  readonly seed?: number
}

const CLASSES = 1000

type Build = (net: NetBuilder) => Layer

const network =
  (build: Build) =>
  ({ size, width, seed = 1 }: NetOptions): Uint8Array => {
    const net = new NetBuilder({ seed, size, width })
    return net.model(build(net))
  }

/** Krizhevsky et al. 2012, in the form of Caffe: two groups, normalisation behind the pools. */
export const alexNet = network((net) => {
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.relu(net.conv(x, p))
  let x = net.maxPool(net.lrn(conv(net.input, { out: net.scaled(96, 2), kernel: 11, stride: 4 })), {
    kernel: 3,
    stride: 2,
  })
  x = net.maxPool(net.lrn(conv(x, { out: net.scaled(256, 2), kernel: 5, pad: 2, group: 2 })), { kernel: 3, stride: 2 })
  x = conv(x, { out: net.scaled(384, 2), kernel: 3, pad: 1 })
  x = conv(x, { out: net.scaled(384, 2), kernel: 3, pad: 1, group: 2 })
  x = net.maxPool(conv(x, { out: net.scaled(256, 2), kernel: 3, pad: 1, group: 2 }), { kernel: 3, stride: 2 })
  return classifier(net, x)
})

/** Zeiler and Fergus 2013, with 512 channels in the middle. */
export const zfNet = network((net) => {
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.relu(net.conv(x, p))
  let x = net.maxPool(net.lrn(conv(net.input, { out: net.scaled(96), kernel: 7, stride: 2 })), { kernel: 3, stride: 2 })
  x = net.maxPool(net.lrn(conv(x, { out: net.scaled(256), kernel: 5, stride: 2 })), { kernel: 3, stride: 2 })
  for (const out of [512, 1024, 512]) x = conv(x, { out: net.scaled(out), kernel: 3, pad: 1 })
  return classifier(net, net.maxPool(x, { kernel: 3, stride: 2 }))
})

/** Two dense layers with dropout, then the classes. */
function classifier(net: NetBuilder, x: Layer): Layer {
  const hidden = (input: Layer) => net.dropout(net.relu(net.dense(input, net.scaled(4096))))
  return net.softmax(net.dense(hidden(hidden(x)), CLASSES))
}

/** Simonyan and Zisserman 2014, configuration E. */
export const vgg19 = network((net) => {
  let x = net.input
  for (const [out, count] of [
    [64, 2],
    [128, 2],
    [256, 4],
    [512, 4],
    [512, 4],
  ] as const) {
    for (let i = 0; i < count; i++) x = net.relu(net.conv(x, { out: net.scaled(out), kernel: 3, pad: 1 }))
    x = net.maxPool(x, { kernel: 2, stride: 2 })
  }
  return classifier(net, x)
})

/** He et al. 2015, 50 layers. */
export const resNet50 = network((net) => {
  const normed = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.batchNorm(net.conv(x, { ...p, bias: false }))
  const block = (x: Layer, p: { inner: number; stride: number }) => {
    const inner = net.scaled(p.inner)
    let y = net.relu(normed(x, { out: inner, kernel: 1 }))
    y = net.relu(normed(y, { out: inner, kernel: 3, stride: p.stride, pad: 1 }))
    y = normed(y, { out: 4 * inner, kernel: 1 })
    const isSame = x.channels === 4 * inner && p.stride === 1
    return net.relu(net.add(y, isSame ? x : normed(x, { out: 4 * inner, kernel: 1, stride: p.stride })))
  }
  let x = net.relu(normed(net.input, { out: net.scaled(64), kernel: 7, stride: 2, pad: 3 }))
  x = net.maxPool(x, { kernel: 3, stride: 2, pad: 1 })
  for (const [inner, count, stride] of [
    [64, 3, 1],
    [128, 4, 2],
    [256, 6, 2],
    [512, 3, 2],
  ] as const)
    for (let i = 0; i < count; i++) x = block(x, { inner, stride: i === 0 ? stride : 1 })
  return net.softmax(net.dense(net.globalAverage(x), CLASSES))
})

/** Huang et al. 2016, 121 layers: normalisation and ReLU before each convolution. */
export const denseNet121 = network((net) => {
  const growth = net.scaled(32)
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) =>
    net.conv(net.relu(net.batchNorm(x)), { ...p, bias: false })
  let x = net.relu(net.batchNorm(net.conv(net.input, { out: 2 * growth, kernel: 7, stride: 2, pad: 3, bias: false })))
  x = net.maxPool(x, { kernel: 3, stride: 2, pad: 1 })
  ;[6, 12, 24, 16].forEach((count, stage) => {
    if (stage > 0)
      x = net.averagePool(conv(x, { out: Math.floor(x.channels / 2), kernel: 1 }), { kernel: 2, stride: 2 })
    for (let i = 0; i < count; i++) {
      const inner = conv(x, { out: 4 * growth, kernel: 1 })
      x = net.concat([x, conv(inner, { out: growth, kernel: 3, pad: 1 })])
    }
  })
  return net.softmax(net.dense(net.globalAverage(net.relu(net.batchNorm(x))), CLASSES))
})

/** Iandola et al. 2016, version 1.1. */
export const squeezeNet = network((net) => {
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.relu(net.conv(x, p))
  const fire = (x: Layer, squeeze: number, expand: number) => {
    const small = conv(x, { out: net.scaled(squeeze), kernel: 1 })
    return net.concat([
      conv(small, { out: net.scaled(expand), kernel: 1 }),
      conv(small, { out: net.scaled(expand), kernel: 3, pad: 1 }),
    ])
  }
  const pool = (x: Layer) => net.maxPool(x, { kernel: 3, stride: 2 })
  let x = pool(conv(net.input, { out: net.scaled(64), kernel: 3, stride: 2 }))
  x = pool(fire(fire(x, 16, 64), 16, 64))
  x = pool(fire(fire(x, 32, 128), 32, 128))
  x = fire(fire(fire(fire(x, 48, 192), 48, 192), 64, 256), 64, 256)
  x = net.globalAverage(conv(net.dropout(x), { out: CLASSES, kernel: 1 }))
  return net.softmax(x)
})

/** Zhang et al. 2017, three groups. */
export const shuffleNet = network((net) => {
  const groups = 3
  const normed = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.batchNorm(net.conv(x, { ...p, bias: false }))
  const unit = (x: Layer, p: { out: number; stride: number; group: number }) => {
    const out = p.stride === 2 ? p.out - x.channels : p.out
    const inner = Math.max(1, Math.round(p.out / 4 / groups)) * groups
    let y = net.relu(normed(x, { out: inner, kernel: 1, group: p.group }))
    y = net.shuffle(y, groups)
    y = normed(y, { out: inner, kernel: 3, stride: p.stride, pad: 1, group: inner })
    y = normed(y, { out, kernel: 1, group: groups })
    if (p.stride === 1) return net.relu(net.add(y, x))
    return net.relu(net.concat([net.averagePool(x, { kernel: 3, stride: 2, pad: 1 }), y]))
  }
  let x = net.relu(normed(net.input, { out: net.scaled(24, groups), kernel: 3, stride: 2, pad: 1 }))
  x = net.maxPool(x, { kernel: 3, stride: 2, pad: 1 })
  ;[4, 8, 4].forEach((count, stage) => {
    const out = net.scaled(240 * 2 ** stage, 4 * groups)
    for (let i = 0; i < count; i++)
      x = unit(x, { out, stride: i === 0 ? 2 : 1, group: stage === 0 && i === 0 ? 1 : groups })
  })
  return net.softmax(net.dense(net.globalAverage(x), CLASSES))
})

/** Channels of an Inception module: 1×1, 3×3 with its reduction, 5×5 (or twice 3×3) with its reduction, behind the pool. */
type Inception = readonly [number, number, number, number, number, number]

const INCEPTIONS: readonly (Inception | 'pool')[] = [
  [64, 96, 128, 16, 32, 32],
  [128, 128, 192, 32, 96, 64],
  'pool',
  [192, 96, 208, 16, 48, 64],
  [160, 112, 224, 24, 64, 64],
  [128, 128, 256, 24, 64, 64],
  [112, 144, 288, 32, 64, 64],
  [256, 160, 320, 32, 128, 128],
  'pool',
  [256, 160, 320, 32, 128, 128],
  [384, 192, 384, 48, 128, 128],
]

/** Szegedy et al. 2014, GoogLeNet. */
export const inceptionV1 = network((net) => {
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) => net.relu(net.conv(x, p))
  const pool = (x: Layer) => net.maxPool(x, { kernel: 3, stride: 2, pad: 1 })
  let x = net.lrn(pool(conv(net.input, { out: net.scaled(64), kernel: 7, stride: 2, pad: 3 })))
  x = conv(conv(x, { out: net.scaled(64), kernel: 1 }), { out: net.scaled(192), kernel: 3, pad: 1 })
  x = pool(net.lrn(x))
  for (const module of INCEPTIONS) {
    if (module === 'pool') {
      x = pool(x)
      continue
    }
    const [a, b1, b3, c1, c5, d] = module.map((channels) => net.scaled(channels)) as unknown as Inception
    x = net.concat([
      conv(x, { out: a, kernel: 1 }),
      conv(conv(x, { out: b1, kernel: 1 }), { out: b3, kernel: 3, pad: 1 }),
      conv(conv(x, { out: c1, kernel: 1 }), { out: c5, kernel: 5, pad: 2 }),
      conv(net.maxPool(x, { kernel: 3, pad: 1 }), { out: d, kernel: 1 }),
    ])
  }
  return net.softmax(net.dense(net.dropout(net.globalAverage(x)), CLASSES))
})

/** Ioffe and Szegedy 2015: normalised, two 3×3 in place of the 5×5, average pools, modules of stride 2. */
export const inceptionV2 = network((net) => {
  const conv = (x: Layer, p: Parameters<NetBuilder['conv']>[1]) =>
    net.relu(net.batchNorm(net.conv(x, { ...p, bias: false })))
  const pool = (x: Layer) => net.maxPool(x, { kernel: 3, stride: 2, pad: 1 })
  let x = pool(conv(net.input, { out: net.scaled(64), kernel: 7, stride: 2, pad: 3 }))
  x = conv(conv(x, { out: net.scaled(64), kernel: 1 }), { out: net.scaled(192), kernel: 3, pad: 1 })
  x = pool(x)
  const twice = (input: Layer, p: { reduced: number; out: number; stride: number }) => {
    const first = conv(conv(input, { out: p.reduced, kernel: 1 }), { out: p.out, kernel: 3, pad: 1 })
    return conv(first, { out: p.out, kernel: 3, stride: p.stride, pad: 1 })
  }
  for (const [a, b1, b3, c1, c3, d] of [
    [64, 64, 64, 64, 96, 32],
    [64, 64, 96, 64, 96, 64],
    [0, 128, 160, 64, 96, 0],
    [224, 64, 96, 96, 128, 128],
    [192, 96, 128, 96, 128, 128],
    [160, 128, 160, 128, 160, 96],
    [96, 128, 192, 160, 192, 96],
    [0, 128, 192, 192, 256, 0],
    [352, 192, 320, 160, 224, 128],
    [352, 192, 320, 192, 224, 128],
  ] as const) {
    const stride = a === 0 ? 2 : 1
    const reduced = conv(x, { out: net.scaled(b1), kernel: 1 })
    const middle = [
      conv(reduced, { out: net.scaled(b3), kernel: 3, stride, pad: 1 }),
      twice(x, { reduced: net.scaled(c1), out: net.scaled(c3), stride }),
    ]
    x =
      a === 0
        ? net.concat([...middle, pool(x)])
        : net.concat([
            conv(x, { out: net.scaled(a), kernel: 1 }),
            ...middle,
            conv(net.averagePool(x, { kernel: 3, pad: 1 }), { out: net.scaled(d), kernel: 1 }),
          ])
  }
  return net.softmax(net.dense(net.globalAverage(x), CLASSES))
})
