// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineModel} from "../types/Machine.sol";

/// @title The models that can be asked and disputed
/// @notice A model's id is the hash of its parameters, so anyone may register any model and nobody owns one.
interface IModelRegistry {
    /// @notice A machine program can be used from now on. Emitted once a model.
    event ModelRegistered(bytes32 indexed modelId, address indexed sender, MachineModel model);

    /// @notice No model with this id was registered.
    error UnknownModel(bytes32 modelId);

    /// @notice `codeEnd` is 0, above 2^30, or no multiple of 128.
    error CodeEndInvalid(uint32 codeEnd);

    /// @notice `entry` is no multiple of 4 or not below `codeEnd`.
    error EntryInvalid(uint32 entry, uint32 codeEnd);

    /// @notice A tree height outside its bounds.
    /// @param name `coarseHeight` or `fineHeight`.
    error TraceHeightInvalid(bytes32 name, uint8 height, uint8 maximum);

    /// @notice A slot is higher than 23, not aligned to its own size, or starts below `codeEnd`.
    error SlotInvalid(uint32 slotAddress, uint8 height);

    /// @notice Input and output slot share bytes.
    error SlotsOverlap(uint32 inputAddress, uint8 inputHeight, uint32 outputAddress, uint8 outputHeight);

    /// @notice Checks a machine program (spec/03-commitments §4) and stores it. A model that is already there is left as
    /// it is, and its id is returned all the same.
    /// @param model Its parameters.
    /// @param codeSiblings Proof of `codeRoot` at position 0 of the image: 25 − codeHeight hashes, bottom up.
    /// @param inputSlotSiblings Proof of the empty input slot in the image: 25 − inputHeight hashes, bottom up.
    function register(
        MachineModel calldata model,
        bytes32[] calldata codeSiblings,
        bytes32[] calldata inputSlotSiblings
    ) external returns (bytes32 modelId);

    /// @notice The parameters of a registered model. Reverts with UnknownModel otherwise.
    function model(bytes32 modelId) external view returns (MachineModel memory parameters);

    /// @notice True when the model can be used.
    function isRegistered(bytes32 modelId) external view returns (bool registered);
}
