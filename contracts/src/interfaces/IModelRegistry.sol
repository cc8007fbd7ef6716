// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameTerms} from "../types/GameTerms.sol";
import {MachineModel} from "../types/Machine.sol";
import {ProgramModel, ProgramRecord} from "../types/Program.sol";

/// @title The models that can be asked and disputed
/// @notice A model's id is the hash of its parameters, so anyone may register any model and nobody owns one.
interface IModelRegistry {
    /// @notice A machine program can be used from now on. Emitted once a model.
    event ModelRegistered(bytes32 indexed modelId, address indexed sender, MachineModel model);

    /// @notice A tensor program can be used from now on. Emitted once a model.
    event ProgramRegistered(bytes32 indexed modelId, address indexed sender, ProgramModel model);

    /// @notice No model of the kind that was asked for was registered with this id.
    error UnknownModel(bytes32 modelId);

    /// @notice `codeEnd` is 0, above 2^30, or no multiple of 128.
    error CodeEndInvalid(uint32 codeEnd);

    /// @notice `entry` is no multiple of 4 or not below `codeEnd`.
    error EntryInvalid(uint32 entry, uint32 codeEnd);

    /// @notice A tree height outside its bounds.
    /// @param name The height's field; `graph` for the three of a program's trace together.
    error TraceHeightInvalid(bytes32 name, uint8 height, uint8 maximum);

    /// @notice A slot is higher than 23, not aligned to its own size, or starts below `codeEnd`.
    error SlotInvalid(uint32 slotAddress, uint8 height);

    /// @notice Input and output slot share bytes.
    error SlotsOverlap(uint32 inputAddress, uint8 inputHeight, uint32 outputAddress, uint8 outputHeight);

    /// @notice The words of a list do not hash to what the model says.
    /// @param list `sections`, `outputs` or `inputs`.
    error ListMismatch(bytes32 list, bytes32 expected, bytes32 actual);

    /// @notice Something is there another number of times than it must, or more often than it may.
    /// @param what What is counted.
    /// @param expected The number, or the most.
    error CountInvalid(bytes32 what, uint256 expected, uint256 actual);

    /// @notice A section, an output or an input breaks a rule of spec/02-program §8.
    /// @param list `sections`, `outputs` or `inputs`.
    /// @param index Which of them.
    /// @param field What is wrong with it.
    error ListEntryInvalid(bytes32 list, uint256 index, bytes32 field);

    /// @notice `outputBlockAddress` is no multiple of 128, below `codeEnd`, or not below 2^24.
    error OutputBlockInvalid(uint32 outputBlockAddress, uint32 codeEnd);

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

    /// @notice Checks a tensor program (spec/02-program §8) and stores it with its words. One that is already there is left as it is, and
    /// its id is returned all the same.
    /// @param model Its parameters.
    /// @param sections One word a section.
    /// @param outputs One word an output.
    /// @param inputs One word an input: its bytes.
    /// @param codeSiblings Proof of `codeRoot` at position 0 of `kernelRoot`: 17 − codeHeight hashes, bottom up.
    function registerProgram(
        ProgramModel calldata model,
        bytes32[] calldata sections,
        bytes32[] calldata outputs,
        bytes32[] calldata inputs,
        bytes32[] calldata codeSiblings
    ) external returns (bytes32 modelId);

    /// @notice The parameters of a registered machine program. Reverts with UnknownModel otherwise.
    function model(bytes32 modelId) external view returns (MachineModel memory parameters);

    /// @notice The parameters of a registered tensor program. Reverts with UnknownModel otherwise.
    function program(bytes32 modelId) external view returns (ProgramModel memory parameters);

    /// @notice A registered tensor program with its words. Reverts with UnknownModel otherwise.
    function recordOf(bytes32 modelId) external view returns (ProgramRecord memory record);

    /// @notice One word a section of a tensor program.
    function sectionsOf(bytes32 modelId) external view returns (bytes32[] memory words);

    /// @notice One word an output of a tensor program.
    function outputsOf(bytes32 modelId) external view returns (bytes32[] memory words);

    /// @notice One word an input of a tensor program: its bytes.
    function inputsOf(bytes32 modelId) external view returns (bytes32[] memory words);

    /// @notice What a game asks about a registered model of either sort. Reverts with UnknownModel otherwise.
    function termsOf(bytes32 modelId) external view returns (GameTerms memory terms);

    /// @notice What a step asks about a registered model of either sort. Reverts with UnknownModel otherwise.
    function codeOf(bytes32 modelId) external view returns (bytes32 codeRoot, uint32 codeEnd);

    /// @notice Where the guest of a tensor program writes the block that it computes.
    function outputBlockOf(bytes32 _modelId) external view returns (uint32);
    /// @notice True when the model can be used, of either sort.
    function isRegistered(bytes32 modelId) external view returns (bool registered);

    /// @notice True for a registered tensor program.
    function isProgram(bytes32 modelId) external view returns (bool registered);
}
