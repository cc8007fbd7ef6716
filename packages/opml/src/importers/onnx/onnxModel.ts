/** Numbers of element types (TensorProto.DataType). */
export const OnnxDataType = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const

/** A tensor of a model file. */
export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly number[]
  /** A number of {@link OnnxDataType}, or another one that is not supported. */
  readonly dataType: number
  /** Little-endian elements; a view into the file where the model holds raw data. Absent for strings and external data. */
  readonly bytes?: Uint8Array
  readonly external?: { readonly location: string; readonly offset: number; readonly length?: number }
}

/** A value of an attribute. */
export interface OnnxAttribute {
  readonly name: string
  readonly f?: number
  readonly i?: bigint
  readonly s?: string
  readonly t?: OnnxTensor
  readonly g?: OnnxGraph
  readonly floats: readonly number[]
  readonly ints: readonly bigint[]
  readonly strings: readonly string[]
  readonly graphs: readonly OnnxGraph[]
  /** Name of the function's attribute that this one takes its value from. */
  readonly refAttrName?: string
}

/** One operator of a graph. */
export interface OnnxNode {
  readonly name: string
  readonly opType: string
  /** Empty for the ONNX operators themselves. */
  readonly domain: string
  /** Names of values; an empty one is an optional input that is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

/** How people call a node: by its name, or that of its first output. */
export function nameOf({ name, outputs }: Pick<OnnxNode, 'name' | 'outputs'>): string {
  return name || (outputs.find((output) => output !== '') ?? '')
}

/** Type of a graph's input or output. */
export interface OnnxValueInfo {
  readonly name: string
  /** `tensor`, or what else the model declares (sequence, optional, map, sparse); undefined where it declares nothing. */
  readonly kind?: 'tensor' | 'sequence' | 'optional' | 'map' | 'sparse'
  readonly dataType?: number
  /** A number, a symbolic name, or undefined where nothing is known; the list itself is absent where the rank is unknown. */
  readonly shape?: readonly (number | string | undefined)[]
}

/** A graph or the body of an If, Loop or Scan. */
export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly numSparseInitializers: number
  readonly inputs: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
}

/** A function of the model's own. */
export interface OnnxFunction {
  readonly name: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly string[]
  readonly nodes: readonly OnnxNode[]
  readonly opsets: ReadonlyMap<string, number>
}

/** A model file as read, nothing interpreted. */
export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  /** Version by domain; '' is the domain of the ONNX operators. */
  readonly opsets: ReadonlyMap<string, number>
  readonly graph: OnnxGraph
  readonly functions: readonly OnnxFunction[]
}
