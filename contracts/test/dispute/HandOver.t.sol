// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {IReferee} from "../../src/interfaces/IReferee.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {GraphGame} from "./GraphGame.sol";
import {ToyMachine} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Audit: phase hand-over accepted from anyone, with any state. Every field of every call that hands a dispute from one
/// tournament to the next is changed, one test a field, and refused; the unchanged call is taken.
contract Tournament_HandOver_Test is GraphGame {
    using ToyTree for bytes32[];

    bytes32 private _graphMatch;
    bytes32 private _block;
    bytes32 private _fineMatch;

    function setUp() external {
        setUpGraph(2);
        _graphMatch = graphMatch();
    }

    function taken(bytes memory _call, uint256 _valueWei) private {
        vm.prank(account(HONEST), account(HONEST));
        (bool success,) = address(_game).call{value: _valueWei}(_call);
        assertTrue(success, "the right call is taken");
    }

    // From the graph to a block: sealGraph

    function sealGraphWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB, bool _inB, bytes memory _e)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(ITournament.sealGraph, (_key, _leafA, _leafB, _inB, _e));
    }

    function sealGraphOfKey(uint256 _field, bytes4 _error) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes memory evidence = graphEvidence(_graphMatch, false);
        refusedFor(_error, 0, sealGraphWith(changed(keyOf(_graphMatch), _field), leafA, leafB, false, evidence));
        taken(callSealGraph(_graphMatch, false), 0);
    }

    function test_audit_handOver_sealGraph_tournamentId() external {
        sealGraphOfKey(0, ITournament.UnknownTournament.selector);
    }

    function test_audit_handOver_sealGraph_rootA() external {
        sealGraphOfKey(1, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealGraph_outcomeA() external {
        sealGraphOfKey(2, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealGraph_rootB() external {
        sealGraphOfKey(3, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealGraph_outcomeB() external {
        sealGraphOfKey(4, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealGraph_leafA() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes memory evidence = graphEvidence(_graphMatch, false);
        bytes memory call_ = sealGraphWith(keyOf(_graphMatch), other(leafA), leafB, false, evidence);
        refusedFor(ITournament.LeavesMismatch.selector, 0, call_);
    }

    function test_audit_handOver_sealGraph_leafB() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes memory evidence = graphEvidence(_graphMatch, false);
        bytes memory call_ = sealGraphWith(keyOf(_graphMatch), leafA, other(leafB), false, evidence);
        refusedFor(ITournament.LeavesMismatch.selector, 0, call_);
        call_ = sealGraphWith(keyOf(_graphMatch), leafB, leafA, false, evidence);
        refusedFor(ITournament.LeavesMismatch.selector, 0, call_);
    }

    function test_audit_handOver_sealGraph_inB() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes memory call_ =
            sealGraphWith(keyOf(_graphMatch), leafA, leafB, true, graphEvidence(_graphMatch, false));
        refusedFor(ToyMachine.WrongWitness.selector, 0, call_);
    }

    function test_audit_handOver_sealGraph_evidence() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes memory evidence = graphEvidence(_graphMatch, false);
        for (uint256 i = 0; i < evidence.length; i += 32) {
            evidence[i] ^= 0x01;
            bytes memory call_ = sealGraphWith(keyOf(_graphMatch), leafA, leafB, false, evidence);
            refusedFor(ToyMachine.WrongWitness.selector, 0, call_);
            evidence[i] ^= 0x01;
        }
        taken(sealGraphWith(keyOf(_graphMatch), leafA, leafB, false, evidence), 0);
    }

    /// @dev Evidence about the leaf before, right in itself: the match's index decides what it must prove.
    function test_audit_handOver_sealGraph_index() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        bytes32[] memory nodes = _known[_pairs[_graphMatch].a].nodes;
        bytes memory evidence = abi.encodePacked(nodes.at(0, LEAF - 2), nodes.siblings(LEAF - 2, 3));
        bytes memory call_ = sealGraphWith(keyOf(_graphMatch), leafA, leafB, false, evidence);
        refusedFor(ToyMachine.WrongWitness.selector, 0, call_);
    }

    function changedOrigin(ITournament.Origin memory _origin, uint256 _field)
        private
        pure
        returns (ITournament.Origin memory)
    {
        (bytes32 parent, bytes32 model, bytes32 prev) = (_origin.parentMatch, _origin.modelId, _origin.prevState);
        if (_field == 0) return ITournament.Origin(other(parent), model, prev);
        if (_field == 1) return ITournament.Origin(parent, other(model), prev);
        return ITournament.Origin(parent, model, other(prev));
    }

    // Into a block's tournament: joinInner

    function blockJoin() private returns (ITournament.JoinData memory join_, bytes32 leafA_, bytes32 leafB_) {
        seal(_graphMatch);
        join_ = joinOf(BLOCK, innerTree(_graphMatch, HONEST));
        (leafA_, leafB_) = leavesOf(_graphMatch);
    }

    function blockJoinOfKey(uint256 _field) private {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        ITournament.Origin memory origin = originBelow(_graphMatch);
        uint256 bond = bondOf(BLOCK);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (changedOrigin(origin, _field), leafA, leafB, data));
        refusedFor(ITournament.UnknownTournament.selector, bond, call_);
        taken(abi.encodeCall(ITournament.joinInner, (origin, leafA, leafB, data)), bond);
    }

    function test_audit_handOver_joinBlock_parentMatch() external {
        blockJoinOfKey(0);
    }

    function test_audit_handOver_joinBlock_modelId() external {
        blockJoinOfKey(1);
    }

    function test_audit_handOver_joinBlock_prevState() external {
        blockJoinOfKey(2);
    }

    function refusedJoin(bytes4 _error, bytes32 _leafA, bytes32 _leafB, ITournament.JoinData memory _join) private {
        uint256 bond = bondOf(BLOCK);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (originBelow(_graphMatch), _leafA, _leafB, _join));
        refusedFor(_error, bond, call_);
    }

    function test_audit_handOver_joinBlock_leafA() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        refusedJoin(ITournament.LeavesMismatch.selector, other(leafA), leafB, data);
    }

    function test_audit_handOver_joinBlock_leafB() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        refusedJoin(ITournament.LeavesMismatch.selector, leafA, other(leafB), data);
    }

    function test_audit_handOver_joinBlock_root() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        data.root = other(data.root);
        refusedJoin(ITournament.OpeningMismatch.selector, leafA, leafB, data);
    }

    function test_audit_handOver_joinBlock_opened() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        for (uint256 i = 0; i < data.opened.length; ++i) {
            data.opened[i] = other(data.opened[i]);
            refusedJoin(ITournament.OpeningMismatch.selector, leafA, leafB, data);
            data.opened[i] = other(data.opened[i]);
        }
    }

    function test_audit_handOver_joinBlock_lastLeaf() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        data.lastLeaf = other(data.lastLeaf);
        refusedJoin(IReferee.FinalStateMismatch.selector, leafA, leafB, data);
        // With the state that it is the leaf of, it stands for neither leaf in dispute.
        data.evidence = abi.encode(data.lastLeaf);
        refusedJoin(ITournament.OutcomeNotInDispute.selector, leafA, leafB, data);
    }

    /// @dev The liar's final state under the honest tree: its leaf is in dispute, but it is not the tree's last.
    function test_audit_handOver_joinBlock_lastLeafOfAnotherTree() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        bytes32[] memory nodes = innerTree(_graphMatch, _liar);
        data.lastLeaf = nodes[nodes.length - 1];
        data.evidence = abi.encode(data.lastLeaf);
        refusedJoin(ITournament.LastLeafMismatch.selector, leafA, leafB, data);
    }

    function test_audit_handOver_joinBlock_lastLeafSiblings() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        data.lastLeafSiblings = new bytes32[](1);
        refusedJoin(MerkleMemory.ProofLengthMismatch.selector, leafA, leafB, data);
    }

    function test_audit_handOver_joinBlock_evidence() external {
        (ITournament.JoinData memory data, bytes32 leafA, bytes32 leafB) = blockJoin();
        data.evidence = abi.encode(other(data.lastLeaf));
        refusedJoin(IReferee.FinalStateMismatch.selector, leafA, leafB, data);
        data.evidence = "";
        refusedJoin(ToyMachine.WrongWitness.selector, leafA, leafB, data);
    }

    // From a block to single instructions: sealCoarse

    function toBlock() private returns (bytes32 leafA_, bytes32 leafB_, ITournament.AgreedState memory prev_) {
        _block = matchBelow(_graphMatch);
        (leafA_, leafB_) = leavesOf(_block);
        prev_ = agreedState(_block, false);
    }

    function sealBlockOfKey(uint256 _field, bytes4 _error) private {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        ITournament.MatchKey memory key = changed(keyOf(_block), _field);
        refusedFor(_error, 0, abi.encodeCall(ITournament.sealCoarse, (key, leafA, leafB, originOf(_block), prev)));
        taken(abi.encodeCall(ITournament.sealCoarse, (keyOf(_block), leafA, leafB, originOf(_block), prev)), 0);
    }

    function test_audit_handOver_sealBlock_tournamentId() external {
        sealBlockOfKey(0, ITournament.UnknownTournament.selector);
    }

    function test_audit_handOver_sealBlock_rootA() external {
        sealBlockOfKey(1, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealBlock_outcomeA() external {
        sealBlockOfKey(2, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealBlock_rootB() external {
        sealBlockOfKey(3, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealBlock_outcomeB() external {
        sealBlockOfKey(4, ITournament.UnknownMatch.selector);
    }

    function test_audit_handOver_sealBlock_origin() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        for (uint256 field = 0; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(originOf(_block), field);
            bytes memory call_ = abi.encodeCall(ITournament.sealCoarse, (keyOf(_block), leafA, leafB, origin, prev));
            refusedFor(ITournament.OriginMismatch.selector, 0, call_);
        }
    }

    function refusedSeal(bytes4 _error, bytes32 _leafA, bytes32 _leafB, ITournament.AgreedState memory _prev) private {
        refusedFor(_error, 0, abi.encodeCall(ITournament.sealCoarse, (keyOf(_block), _leafA, _leafB, originOf(_block), _prev)));
    }

    function test_audit_handOver_sealBlock_leafA() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        refusedSeal(ITournament.LeavesMismatch.selector, other(leafA), leafB, prev);
    }

    function test_audit_handOver_sealBlock_leafB() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        refusedSeal(ITournament.LeavesMismatch.selector, leafA, other(leafB), prev);
    }

    function test_audit_handOver_sealBlock_prevState() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        prev.stateHash = other(prev.stateHash);
        refusedSeal(ITournament.AgreedStateMismatch.selector, leafA, leafB, prev);
    }

    function test_audit_handOver_sealBlock_inB() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        prev.inB = true;
        refusedSeal(ITournament.AgreedStateMismatch.selector, leafA, leafB, prev);
    }

    function test_audit_handOver_sealBlock_siblings() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toBlock();
        for (uint256 i = 0; i < prev.siblings.length; ++i) {
            prev.siblings[i] = other(prev.siblings[i]);
            refusedSeal(ITournament.AgreedStateMismatch.selector, leafA, leafB, prev);
            prev.siblings[i] = other(prev.siblings[i]);
        }
        prev.siblings = new bytes32[](1);
        refusedSeal(MerkleMemory.ProofLengthMismatch.selector, leafA, leafB, prev);
    }

    // Into single instructions and out of them

    function toFine() private returns (bytes32 leafA_, bytes32 leafB_, ITournament.AgreedState memory prev_) {
        toBlock();
        _fineMatch = matchBelow(_block);
        (leafA_, leafB_) = leavesOf(_fineMatch);
        prev_ = agreedState(_fineMatch, false);
    }

    function test_audit_handOver_joinFine_eachField() external {
        toBlock();
        seal(_block);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_block);
        ITournament.JoinData memory data = joinOf(FINE, innerTree(_block, HONEST));
        uint256 bond = bondOf(FINE);
        ITournament.Origin memory right = originBelow(_block);
        for (uint256 field = 0; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(right, field);
            bytes memory call_ = abi.encodeCall(ITournament.joinInner, (origin, leafA, leafB, data));
            refusedFor(ITournament.UnknownTournament.selector, bond, call_);
        }
        bytes4 leaves = ITournament.LeavesMismatch.selector;
        refusedFor(leaves, bond, abi.encodeCall(ITournament.joinInner, (right, other(leafA), leafB, data)));
        refusedFor(leaves, bond, abi.encodeCall(ITournament.joinInner, (right, leafA, other(leafB), data)));
        data.evidence = hex"00";
        bytes memory evidence = abi.encodeCall(ITournament.joinInner, (right, leafA, leafB, data));
        refusedFor(ITournament.EvidenceUnexpected.selector, bond, evidence);
        data.evidence = "";
        taken(abi.encodeCall(ITournament.joinInner, (right, leafA, leafB, data)), bond);
    }

    function test_audit_handOver_sealFine_eachField() external {
        (bytes32 leafA, bytes32 leafB, ITournament.AgreedState memory prev) = toFine();
        bytes memory witness = abi.encode(prev.stateHash);
        for (uint256 field = 0; field < 5; ++field) {
            ITournament.MatchKey memory key = changed(keyOf(_fineMatch), field);
            bytes4 error = field == 0 ? ITournament.UnknownTournament.selector : ITournament.UnknownMatch.selector;
            refusedFor(error, 0, abi.encodeCall(ITournament.sealFine, (key, leafA, leafB, originOf(_fineMatch), prev, witness)));
        }
        ITournament.MatchKey memory right = keyOf(_fineMatch);
        bytes4 leaves = ITournament.LeavesMismatch.selector;
        refusedFor(leaves, 0, abi.encodeCall(ITournament.sealFine, (right, other(leafA), leafB, originOf(_fineMatch), prev, witness)));
        refusedFor(leaves, 0, abi.encodeCall(ITournament.sealFine, (right, leafA, other(leafB), originOf(_fineMatch), prev, witness)));
        bytes memory wrong = abi.encode(other(prev.stateHash));
        bytes memory call_ = abi.encodeCall(ITournament.sealFine, (right, leafA, leafB, originOf(_fineMatch), prev, wrong));
        refusedFor(ToyMachine.WrongWitness.selector, 0, call_);
        prev.stateHash = other(prev.stateHash);
        call_ = abi.encodeCall(ITournament.sealFine, (right, leafA, leafB, originOf(_fineMatch), prev, wrong));
        refusedFor(ITournament.AgreedStateMismatch.selector, 0, call_);
        prev.stateHash = other(prev.stateHash);
        for (uint256 field = 0; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(originOf(_fineMatch), field);
            call_ = abi.encodeCall(ITournament.sealFine, (right, leafA, leafB, origin, prev, witness));
            refusedFor(ITournament.OriginMismatch.selector, 0, call_);
        }
        taken(abi.encodeCall(ITournament.sealFine, (right, leafA, leafB, originOf(_fineMatch), prev, witness)), 0);
    }

    // Back up: finishInner

    function test_audit_handOver_finishInner_eachField() external {
        toFine();
        seal(_fineMatch);
        closeWindow(innerOf(_block));
        finishOf(_block);
        finishInner(_block);
        closeWindow(innerOf(_graphMatch));
        finishOf(_graphMatch);
        finishInner(_graphMatch);
    }

    function finishOf(bytes32 _above) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_above);
        ITournament.ClaimKey memory winner = survivorKey(innerOf(_above));
        ITournament.MatchKey memory right = keyOf(_above);
        for (uint256 field = 0; field < 5; ++field) {
            bytes memory call_ = callFinishInner(changed(right, field), leafA, leafB, _above, winner);
            refusedFor(ITournament.UnknownMatch.selector, 0, call_);
        }
        bytes4 leaves = ITournament.LeavesMismatch.selector;
        refusedFor(leaves, 0, callFinishInner(right, other(leafA), leafB, _above, winner));
        refusedFor(leaves, 0, callFinishInner(right, leafA, other(leafB), _above, winner));
        ITournament.Origin memory origin = originBelow(_above);
        bytes memory end_ = abi.encodeCall(
            ITournament.finishInner, (right, leafA, leafB, other(origin.modelId), origin.prevState, winner)
        );
        refusedFor(ITournament.UnknownTournament.selector, 0, end_);
        end_ = abi.encodeCall(
            ITournament.finishInner, (right, leafA, leafB, origin.modelId, other(origin.prevState), winner)
        );
        refusedFor(ITournament.UnknownTournament.selector, 0, end_);
        ITournament.ClaimKey memory wrong = ITournament.ClaimKey(other(winner.root), winner.outcome);
        bytes4 winners = ITournament.WrongWinner.selector;
        refusedFor(winners, 0, callFinishInner(right, leafA, leafB, _above, wrong));
        wrong = ITournament.ClaimKey(winner.root, winner.outcome == leafA ? leafB : leafA);
        refusedFor(winners, 0, callFinishInner(right, leafA, leafB, _above, wrong));
    }

    // At the root: joinRoot

    function test_audit_handOver_joinGraph_eachField() external {
        uint256 player = addPlayer("third", liesFrom((2 << 4) + 1, 9));
        uint256 bond = bondOf(GRAPH);
        ITournament.JoinData memory data = joinOf(GRAPH, rootTree(player));
        data.root = other(data.root);
        refusedJoinRoot(ToyMachine.WrongWitness.selector, bond, data);
        data.root = other(data.root);
        data.opened[3] = other(data.opened[3]);
        refusedJoinRoot(ITournament.OpeningMismatch.selector, bond, data);
        data.opened[3] = other(data.opened[3]);
        data.lastLeaf = bytes32(uint256(1));
        refusedJoinRoot(IReferee.LastLeafUnexpected.selector, bond, data);
        data.lastLeaf = 0;
        data.lastLeafSiblings = new bytes32[](1);
        refusedJoinRoot(MerkleMemory.ProofLengthMismatch.selector, bond, data);
        data.lastLeafSiblings = new bytes32[](0);
        for (uint256 i = 0; i < data.evidence.length; i += 32) {
            data.evidence[i] ^= 0x01;
            refusedJoinRoot(ToyMachine.WrongWitness.selector, bond, data);
            data.evidence[i] ^= 0x01;
        }
        taken(abi.encodeCall(ITournament.joinRoot, (_rootId, data)), bond);
    }

    function refusedJoinRoot(bytes4 _error, uint256 _bond, ITournament.JoinData memory _join) private {
        refusedFor(_error, _bond, abi.encodeCall(ITournament.joinRoot, (_rootId, _join)));
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
        vm.prank(account(HONEST), account(HONEST));
        vm.recordLogs();
        _game.sealCoarse(keyOf(blockMatch), leafA, leafB, originOf(blockMatch), prev);
        digestLogs();
        assertEq(prevStateOf(innerOf(blockMatch)), derived);
        assertNotEq(_game.tournament(innerOf(blockMatch)).windowEnd, 0);
    }
}
