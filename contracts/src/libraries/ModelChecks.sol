// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {MAX_COARSE_HEIGHT, MAX_FINE_HEIGHT} from "../types/Machine.sol";
import {MerkleMemory} from "./MerkleMemory.sol";

/// @title What every model must fulfil
/// @notice The checks that registration of machine and tensor programs shares (spec/03-commitments §4, spec/02-program §8).
library ModelChecks {
    /// @notice The code region ends on a block, at most at `_maximum`, and the first pc lies in it.
    function checkCode(uint32 _entry, uint32 _codeEnd, uint32 _maximum) internal pure {
        if (_codeEnd == 0 || _codeEnd > _maximum || _codeEnd % MerkleMemory.BLOCK_BYTES != 0) {
            revert IModelRegistry.CodeEndInvalid(_codeEnd);
        }
        if (_entry % 4 != 0 || _entry >= _codeEnd) revert IModelRegistry.EntryInvalid(_entry, _codeEnd);
    }

    /// @notice Heights of the machine's trees. Without a fine one a state is one instruction.
    function checkMachineHeights(uint8 _coarseHeight, uint8 _fineHeight) internal pure {
        checkHeight("coarseHeight", _coarseHeight, 1, MAX_COARSE_HEIGHT);
        checkHeight("fineHeight", _fineHeight, 0, MAX_FINE_HEIGHT);
    }

    /// @notice A tree height within its bounds.
    function checkHeight(bytes32 _name, uint256 _height, uint256 _minimum, uint256 _maximum) internal pure {
        if (_height < _minimum || _height > _maximum) {
            revert IModelRegistry.TraceHeightInvalid(_name, uint8(_height), uint8(_maximum));
        }
    }
}
