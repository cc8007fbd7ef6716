// biome-ignore-all format: generated, one entry a line
// Generated from contracts/src by "npm run gen:abi". Do not edit.

/** Custom errors of all contracts, to decode a revert wherever it comes from. */
export const contractErrorsAbi = [
  {"type":"error","name":"CodeEndInvalid","inputs":[{"name":"codeEnd","type":"uint32"}]},
  {"type":"error","name":"EntryInvalid","inputs":[{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"}]},
  {"type":"error","name":"OpeningSizeInvalid","inputs":[{"name":"numNodes","type":"uint256"}]},
  {"type":"error","name":"PrestateMismatch","inputs":[{"name":"expected","type":"bytes32"},{"name":"actual","type":"bytes32"}]},
  {"type":"error","name":"ProofLengthMismatch","inputs":[{"name":"expected","type":"uint256"},{"name":"actual","type":"uint256"}]},
  {"type":"error","name":"RootMismatch","inputs":[{"name":"expected","type":"bytes32"},{"name":"actual","type":"bytes32"}]},
  {"type":"error","name":"SlotHeightInvalid","inputs":[{"name":"height","type":"uint256"}]},
  {"type":"error","name":"SlotInvalid","inputs":[{"name":"slotAddress","type":"uint32"},{"name":"height","type":"uint8"}]},
  {"type":"error","name":"SlotOverflow","inputs":[{"name":"numBytes","type":"uint256"},{"name":"capacityBytes","type":"uint256"}]},
  {"type":"error","name":"SlotsOverlap","inputs":[{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"}]},
  {"type":"error","name":"TraceHeightInvalid","inputs":[{"name":"name","type":"bytes32"},{"name":"height","type":"uint8"},{"name":"maximum","type":"uint8"}]},
  {"type":"error","name":"UnknownModel","inputs":[{"name":"modelId","type":"bytes32"}]},
  {"type":"error","name":"WitnessLengthMismatch","inputs":[{"name":"expectedBytes","type":"uint256"},{"name":"actualBytes","type":"uint256"}]},
] as const
