// biome-ignore-all format: generated, one entry a line
// Generated from contracts/src by "npm run gen:abi". Do not edit.

/** ABI of `Referee`. */
export const refereeAbi = [
  {"type":"constructor","inputs":[{"name":"_registry","type":"address"},{"name":"_machine","type":"address"},{"name":"_graph","type":"address"}],"stateMutability":"nonpayable"},
  {"type":"function","name":"GRAPH","inputs":[],"outputs":[{"name":"","type":"address"}],"stateMutability":"view"},
  {"type":"function","name":"MACHINE","inputs":[],"outputs":[{"name":"","type":"address"}],"stateMutability":"view"},
  {"type":"function","name":"REGISTRY","inputs":[],"outputs":[{"name":"","type":"address"}],"stateMutability":"view"},
  {"type":"function","name":"initialStateHash","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_inputRoot","type":"bytes32"},{"name":"_siblings","type":"bytes32[]"}],"outputs":[{"name":"","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"inputRootFrom","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_content","type":"bytes"}],"outputs":[{"name":"","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"judge","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_inputRoot","type":"bytes32"},{"name":"_traceRoot","type":"bytes32"},{"name":"_index","type":"uint256"},{"name":"_evidence","type":"bytes"}],"outputs":[{"name":"","type":"bool"},{"name":"","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"leafOf","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_lastLeaf","type":"bytes32"},{"name":"_evidence","type":"bytes"}],"outputs":[{"name":"leaf_","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"level","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_kind","type":"uint8"}],"outputs":[{"name":"","type":"uint8"},{"name":"","type":"uint16"}],"stateMutability":"view"},
  {"type":"function","name":"resultFrom","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_content","type":"bytes"}],"outputs":[{"name":"","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"resultOf","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_traceRoot","type":"bytes32"},{"name":"_lastLeaf","type":"bytes32"},{"name":"_evidence","type":"bytes"}],"outputs":[{"name":"result_","type":"bytes32"}],"stateMutability":"view"},
  {"type":"function","name":"rootLevel","inputs":[{"name":"_modelId","type":"bytes32"}],"outputs":[{"name":"","type":"uint8"},{"name":"","type":"uint8"},{"name":"","type":"uint16"},{"name":"","type":"uint8"},{"name":"","type":"uint8"}],"stateMutability":"view"},
  {"type":"function","name":"step","inputs":[{"name":"_modelId","type":"bytes32"},{"name":"_prestateHash","type":"bytes32"},{"name":"_witness","type":"bytes"}],"outputs":[{"name":"","type":"bytes32"}],"stateMutability":"view"},
  {"type":"error","name":"FinalStateMismatch","inputs":[{"name":"lastLeaf","type":"bytes32"},{"name":"stateHash","type":"bytes32"}]},
  {"type":"error","name":"KindNotPlayed","inputs":[{"name":"modelId","type":"bytes32"},{"name":"kind","type":"uint8"}]},
  {"type":"error","name":"LastLeafUnexpected","inputs":[{"name":"lastLeaf","type":"bytes32"}]},
  {"type":"error","name":"SlotHeightInvalid","inputs":[{"name":"height","type":"uint256"}]},
  {"type":"error","name":"SlotOverflow","inputs":[{"name":"numBytes","type":"uint256"},{"name":"capacityBytes","type":"uint256"}]},
] as const
