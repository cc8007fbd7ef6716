// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {Kinds} from "../libraries/Kinds.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {ModelChecks} from "../libraries/ModelChecks.sol";
import {ProgramChecks} from "../libraries/ProgramChecks.sol";
import {GameTerms} from "../types/GameTerms.sol";
import {codeHeightOf, MachineModel, modelIdOf} from "../types/Machine.sol";
import {ProgramModel, ProgramRecord, programIdOf} from "../types/Program.sol";

/// @title The models that can be asked and disputed
/// @notice Without an owner: what is registered is fixed by its id for ever.
contract ModelRegistry is IModelRegistry {
    /// @dev A tensor program. What games ask of it is beside its record: they ask often, and the record is long.
    struct Program {
        /// Account whose code is the ABI-encoded `ProgramRecord`.
        address record;
        uint32 codeEnd;
        uint16 words;
        uint8 rootHeight;
        uint8 coarseHeight;
        uint8 fineHeight;
        bytes32 codeRoot;
        uint32 outputBlockAddress;
    }

    uint32 private constant MAX_CODE_END = 1 << 30;

    /// @dev INVARIANT: an entry is either all zero or has passed every check; `codeEnd` is never 0 in a checked one.
    mapping(bytes32 modelId => MachineModel) private _models;
    /// @dev INVARIANT: as above. The two sorts have ids of different tags, so no id is in both.
    mapping(bytes32 modelId => Program) private _programs;

    /// @inheritdoc IModelRegistry
    function register(
        MachineModel calldata _model,
        bytes32[] calldata _codeSiblings,
        bytes32[] calldata _inputSlotSiblings
    ) external returns (bytes32 modelId_) {
        checkParameters(_model);
        checkProofs(_model, _codeSiblings, _inputSlotSiblings);
        modelId_ = modelIdOf(_model);
        if (isMachine(modelId_)) return modelId_;
        _models[modelId_] = _model;
        emit ModelRegistered(modelId_, msg.sender, _model);
    }

    /// @inheritdoc IModelRegistry
    function registerProgram(
        ProgramModel calldata _model,
        bytes32[] calldata _sections,
        bytes32[] calldata _outputs,
        bytes32[] calldata _inputs,
        bytes32[] calldata _codeSiblings
    ) external returns (bytes32 modelId_) {
        ProgramChecks.check(_model, _sections, _outputs, _inputs, _codeSiblings);
        modelId_ = programIdOf(_model);
        if (isProgram(modelId_)) return modelId_;
        bytes memory record = abi.encode(ProgramRecord(_model, _sections, _outputs, _inputs));
        _programs[modelId_] = Program({
            record: address(new CodeStore(record)),
            codeEnd: _model.codeEnd,
            words: uint16(ProgramChecks.evidenceWords(_model, _sections, _outputs)),
            rootHeight: uint8(ProgramChecks.rootHeight(_model)),
            coarseHeight: _model.coarseHeight,
            fineHeight: _model.fineHeight,
            codeRoot: _model.codeRoot,
            outputBlockAddress: _model.outputBlockAddress
        });
        emit ProgramRegistered(modelId_, msg.sender, _model);
    }

    /// @inheritdoc IModelRegistry
    function model(bytes32 _modelId) external view returns (MachineModel memory parameters_) {
        if (!isMachine(_modelId)) revert UnknownModel(_modelId);
        parameters_ = _models[_modelId];
    }

    /// @inheritdoc IModelRegistry
    function program(bytes32 _modelId) external view returns (ProgramModel memory parameters_) {
        parameters_ = recordOf(_modelId).model;
    }

    /// @inheritdoc IModelRegistry
    function recordOf(bytes32 _modelId) public view returns (ProgramRecord memory record_) {
        if (!isProgram(_modelId)) revert UnknownModel(_modelId);
        record_ = abi.decode(_programs[_modelId].record.code, (ProgramRecord));
    }

    /// @inheritdoc IModelRegistry
    function sectionsOf(bytes32 _modelId) external view returns (bytes32[] memory words_) {
        words_ = recordOf(_modelId).sections;
    }

    /// @inheritdoc IModelRegistry
    function outputsOf(bytes32 _modelId) external view returns (bytes32[] memory words_) {
        words_ = recordOf(_modelId).outputs;
    }

    /// @inheritdoc IModelRegistry
    function inputsOf(bytes32 _modelId) external view returns (bytes32[] memory words_) {
        words_ = recordOf(_modelId).inputs;
    }

    /// @inheritdoc IModelRegistry
    function termsOf(bytes32 _modelId) external view returns (GameTerms memory terms_) {
        if (isMachine(_modelId)) {
            MachineModel storage machine = _models[_modelId];
            terms_.kind = uint8(Kinds.COARSE);
            (terms_.coarseHeight, terms_.fineHeight) = (machine.coarseHeight, machine.fineHeight);
            (terms_.codeRoot, terms_.codeEnd) = (machine.codeRoot, machine.codeEnd);
            terms_.rootHeight = terms_.coarseHeight;
        } else {
            Program storage stored = programAt(_modelId);
            terms_.kind = uint8(Kinds.GRAPH);
            (terms_.coarseHeight, terms_.fineHeight) = (stored.coarseHeight, stored.fineHeight);
            (terms_.codeRoot, terms_.codeEnd) = (stored.codeRoot, stored.codeEnd);
            (terms_.rootHeight, terms_.words) = (stored.rootHeight, stored.words);
        }
    }

    /// @inheritdoc IModelRegistry
    function codeOf(bytes32 _modelId) external view returns (bytes32, uint32) {
        if (isMachine(_modelId)) return (_models[_modelId].codeRoot, _models[_modelId].codeEnd);
        Program storage stored = programAt(_modelId);
        return (stored.codeRoot, stored.codeEnd);
    }

    /// @inheritdoc IModelRegistry
    function outputBlockOf(bytes32 _modelId) external view returns (uint32 address_) {
        address_ = programAt(_modelId).outputBlockAddress;
    }

    /// @inheritdoc IModelRegistry
    function isRegistered(bytes32 _modelId) external view returns (bool registered_) {
        registered_ = isMachine(_modelId) || isProgram(_modelId);
    }

    /// @inheritdoc IModelRegistry
    function isProgram(bytes32 _modelId) public view returns (bool registered_) {
        registered_ = _programs[_modelId].codeEnd != 0;
    }

    function isMachine(bytes32 _modelId) private view returns (bool registered_) {
        registered_ = _models[_modelId].codeEnd != 0;
    }

    function programAt(bytes32 _modelId) private view returns (Program storage stored_) {
        stored_ = _programs[_modelId];
        if (stored_.codeEnd == 0) revert UnknownModel(_modelId);
    }

    /// @dev The checks of spec/03-commitments §4 that need no proof.
    function checkParameters(MachineModel calldata _model) private pure {
        uint32 codeEnd = _model.codeEnd;
        ModelChecks.checkCode(_model.entry, codeEnd, MAX_CODE_END);
        ModelChecks.checkMachineHeights(_model.coarseHeight, _model.fineHeight);
        uint256 inputEnd = checkSlot(_model.inputAddress, _model.inputHeight, codeEnd);
        uint256 outputEnd = checkSlot(_model.outputAddress, _model.outputHeight, codeEnd);
        if (_model.inputAddress < outputEnd && _model.outputAddress < inputEnd) {
            revert SlotsOverlap(
                _model.inputAddress, _model.inputHeight, _model.outputAddress, _model.outputHeight
            );
        }
    }

    /// @dev The code root and the empty input slot, proven in the image.
    function checkProofs(
        MachineModel calldata _model,
        bytes32[] calldata _codeSiblings,
        bytes32[] calldata _inputSlotSiblings
    ) private pure {
        uint256 codeHeight = codeHeightOf(_model.codeEnd);
        MerkleMemory.checkProof(
            _model.imageRoot, _model.codeRoot, 0, MerkleMemory.MEMORY_HEIGHT - codeHeight, _codeSiblings
        );
        uint256 inputHeight = _model.inputHeight;
        MerkleMemory.checkProof(
            _model.imageRoot,
            MerkleMemory.zeroHash(inputHeight),
            (_model.inputAddress / MerkleMemory.BLOCK_BYTES) >> inputHeight,
            MerkleMemory.MEMORY_HEIGHT - inputHeight,
            _inputSlotSiblings
        );
    }

    /// @dev A slot that is aligned to its size lies inside 2^32 by itself: its size divides 2^32.
    function checkSlot(uint32 _address, uint8 _height, uint32 _codeEnd) private pure returns (uint256 end_) {
        if (_height > MerkleMemory.MAX_SLOT_HEIGHT) revert SlotInvalid(_address, _height);
        uint256 size = MerkleMemory.BLOCK_BYTES << _height;
        if (_address % size != 0 || _address < _codeEnd) revert SlotInvalid(_address, _height);
        end_ = _address + size;
    }
}
