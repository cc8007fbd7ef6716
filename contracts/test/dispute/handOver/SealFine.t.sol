// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {ToyMachine} from "../ToyMachine.sol";
import {MatchHandOverTest} from "./HandOver.t.sol";

/// @notice The instruction that decides.
contract Tournament_HandOverSealFine_Test is MatchHandOverTest {
    ITournament.AgreedState private _prev;
    bytes private _witness;

    function setUp() external {
        setUpHandOver();
        toFine();
        _prev = agreedState(_fineMatch, false);
        _witness = abi.encode(_prev.stateHash);
    }

    function subject() internal view override returns (bytes32) {
        return _fineMatch;
    }

    function callWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        override
        returns (bytes memory)
    {
        return abi.encodeCall(ITournament.sealFine, (_key, _leafA, _leafB, originOf(_fineMatch), _prev, _witness));
    }

    function refusedSeal(bytes4 _error, ITournament.AgreedState memory _state, bytes memory _w) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_fineMatch);
        ITournament.MatchKey memory key = keyOf(_fineMatch);
        ITournament.Origin memory origin = originOf(_fineMatch);
        refusedCall(_error, abi.encodeCall(ITournament.sealFine, (key, leafA, leafB, origin, _state, _w)));
    }

    function test_audit_handOver_sealFine_origin() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_fineMatch);
        for (uint256 field = 0; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(originOf(_fineMatch), field);
            refusedCall(ITournament.OriginMismatch.selector, abi.encodeCall(ITournament.sealFine, (keyOf(_fineMatch), leafA, leafB, origin, _prev, _witness)));
        }
        takenUnchanged();
    }

    function test_audit_handOver_sealFine_witness() external {
        ITournament.AgreedState memory prev = _prev;
        refusedSeal(ToyMachine.WrongWitness.selector, prev, abi.encode(other(prev.stateHash)));
        refusedSeal(ToyMachine.WrongWitness.selector, prev, "");
    }

    /// @dev With the witness that fits it.
    function test_audit_handOver_sealFine_prevState() external {
        ITournament.AgreedState memory prev = _prev;
        prev.stateHash = other(prev.stateHash);
        refusedSeal(ITournament.AgreedStateMismatch.selector, prev, abi.encode(prev.stateHash));
    }

    function test_audit_handOver_sealFine_inB() external {
        ITournament.AgreedState memory prev = _prev;
        prev.inB = true;
        refusedSeal(ITournament.AgreedStateMismatch.selector, prev, _witness);
    }
}
