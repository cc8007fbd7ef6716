// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../../src/libraries/MerkleMemory.sol";
import {GraphGame} from "../GraphGame.sol";
import {MatchHandOverTest} from "./HandOver.t.sol";

/// @notice From a block to single instructions.
contract Tournament_HandOverSealBlock_Test is MatchHandOverTest {
    ITournament.AgreedState private _prev;

    function setUp() external {
        setUpHandOver();
        toBlock();
        _prev = agreedState(_blockMatch, false);
    }

    function subject() internal view override returns (bytes32) {
        return _blockMatch;
    }

    function callWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        override
        returns (bytes memory)
    {
        return abi.encodeCall(ITournament.sealCoarse, (_key, _leafA, _leafB, originOf(_blockMatch), _prev));
    }

    function refusedSeal(bytes4 _error, ITournament.AgreedState memory _state) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_blockMatch);
        ITournament.MatchKey memory key = keyOf(_blockMatch);
        ITournament.Origin memory origin = originOf(_blockMatch);
        refusedCall(_error, abi.encodeCall(ITournament.sealCoarse, (key, leafA, leafB, origin, _state)));
    }

    function test_audit_handOver_sealBlock_origin() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_blockMatch);
        for (uint256 field = 0; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(originOf(_blockMatch), field);
            refusedCall(ITournament.OriginMismatch.selector, abi.encodeCall(ITournament.sealCoarse, (keyOf(_blockMatch), leafA, leafB, origin, _prev)));
        }
        takenUnchanged();
    }

    function test_audit_handOver_sealBlock_prevState() external {
        ITournament.AgreedState memory prev = _prev;
        prev.stateHash = other(prev.stateHash);
        refusedSeal(ITournament.AgreedStateMismatch.selector, prev);
    }

    function test_audit_handOver_sealBlock_inB() external {
        ITournament.AgreedState memory prev = _prev;
        prev.inB = true;
        refusedSeal(ITournament.AgreedStateMismatch.selector, prev);
    }

    function test_audit_handOver_sealBlock_siblings() external {
        ITournament.AgreedState memory prev = _prev;
        for (uint256 i = 0; i < prev.siblings.length; ++i) {
            prev.siblings[i] = other(prev.siblings[i]);
            refusedSeal(ITournament.AgreedStateMismatch.selector, prev);
            prev.siblings[i] = other(prev.siblings[i]);
        }
        prev.siblings = new bytes32[](1);
        refusedSeal(MerkleMemory.ProofLengthMismatch.selector, prev);
    }
}

/// @notice The same before leaf 0 of a block's tournament.
contract Tournament_HandOverFirstState_Test is GraphGame {
    function setUp() external {
        setUpGame(3, 2, 2, defaultParameters());
        _liar = addPlayer("liar", liesFrom(LEAF << 4, 1));
    }

    /// @dev Nothing in the call is the state: it is the one that the contract derived.
    function test_audit_handOver_sealBlock_firstLeaf_isTheDerivedState() external {
        bytes32 graph = graphMatch();
        bytes32 derived = keccak256(abi.encode("block", LEAF, _players[HONEST].leaves[LEAF - 1]));
        bytes32 blockMatch = matchBelow(graph);
        assertEq(_game.matchOf(blockMatch).index, 0);
        (bytes32 leafA, bytes32 leafB) = leavesOf(blockMatch);
        ITournament.AgreedState memory prev = ITournament.AgreedState("another state", true, new bytes32[](3));
        ITournament.MatchKey memory key = keyOf(blockMatch);
        ITournament.Origin memory origin = originOf(blockMatch);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.sealCoarse(key, leafA, leafB, origin, prev);
        digestLogs();
        assertEq(prevStateOf(innerOf(blockMatch)), derived);
        assertNotEq(_game.tournament(innerOf(blockMatch)).windowEnd, 0);
    }
}
