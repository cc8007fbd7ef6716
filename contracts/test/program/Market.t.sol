// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../../src/interfaces/IGraphTransition.sol";
import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IInputUploads} from "../../src/interfaces/IInputUploads.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IReferee} from "../../src/interfaces/IReferee.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {RealProgram} from "./RealProgram.sol";

/// @notice Requests, answers and challenges about a tensor program, and what of another kind or size is refused. The program has two
/// inputs of 160 bytes and two outputs of 160.
contract Program_Market_Test is RealProgram {
    bytes32 private _inputRoot;
    bytes private _truth;

    function setUp() external {
        setUpProgram();
        _truth = hexOf(".disputes[0].output");
        _inputRoot = keccak256(abi.encodePacked(slotOf(slice(_input, 0, 160)), slotOf(slice(_input, 160, 160))));
    }

    // Requests

    function test_request_storesTheRootOfAllInputs() external {
        IInferenceMarket.TaskView memory t = _market.task(ask());
        assertTrue(t.status == IInferenceMarket.TaskStatus.Requested);
        assertEq(t.modelId, _modelId);
        assertEq(t.inputRoot, _inputRoot);
        assertFalse(t.inputElsewhere);
    }

    function test_request_otherNumberOfBytes_reverts() external {
        bytes4 error_ = IGraphTransition.InputLengthMismatch.selector;
        refusedRequest(abi.encodeWithSelector(error_, 320, 319), _modelId, slice(_input, 0, 319));
        refusedRequest(abi.encodeWithSelector(error_, 320, 321), _modelId, abi.encodePacked(_input, hex"00"));
        refusedRequest(abi.encodeWithSelector(error_, 160, 159), _modelId, slice(_input, 0, 159));
        refusedRequest(abi.encodeWithSelector(error_, 160, 0), _modelId, "");
    }

    function test_request_unregistered_reverts() external {
        bytes32 unknown = _modelId ^ bytes32(uint256(1));
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown);
        refusedRequest(reason, unknown, _input);
        uint40 deadline = uint40(block.timestamp + 50);
        bytes memory call_ = abi.encodeCall(_market.requestWithRoot, (unknown, _inputRoot, deadline, 0));
        refusedByMarket(reason, _requester, FEE, call_);
        refusedByMarket(reason, _requester, 0, abi.encodeCall(_market.appendInput, (unknown, _inputRoot, 0, _input)));
    }

    function test_requestWithRoot_isMarked() external {
        uint40 deadline = uint40(block.timestamp + 50);
        vm.prank(_requester);
        bytes32 id = _market.requestWithRoot{value: FEE}(_modelId, _inputRoot, deadline, 0);
        assertTrue(_market.task(id).inputElsewhere);
        assertEq(_market.task(id).inputRoot, _inputRoot);
    }

    // Inputs in chunks: each tensor has a tree of its own, so a chunk may not go across

    function test_upload_severalTensors_opensTheRequest() external {
        append(0, 128);
        assertUpload(128);
        append(128, 32);
        append(160, 128);
        assertUpload(288);
        bytes32 id = finish(_inputRoot, 288, slice(_input, 288, 32));
        IInferenceMarket.TaskView memory t = _market.task(id);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Requested);
        assertEq(t.inputRoot, _inputRoot);
        assertFalse(t.inputElsewhere);
        assertUpload(0);
        // The bytes are those of a request in one piece: the answer to one answers the other.
        assertEq(_market.task(ask()).inputRoot, _inputRoot);
    }

    function test_upload_aTensorAChunk() external {
        append(0, 160);
        assertEq(_market.task(finish(_inputRoot, 160, slice(_input, 160, 160))).inputRoot, _inputRoot);
    }

    function test_upload_acrossTensors_reverts() external {
        bytes memory reason = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 160, 256);
        refusedAppend(reason, 0, slice(_input, 0, 256));
        append(0, 128);
        reason = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 160, 161);
        refusedAppend(reason, 128, slice(_input, 128, 33));
        refusedFinish(reason, _inputRoot, 128, slice(_input, 128, 33));
    }

    function test_upload_endsTooEarlyOrTooLate_reverts() external {
        append(0, 160);
        bytes4 error_ = IInputUploads.UploadLengthMismatch.selector;
        // The last bytes without a request, a request before the last, and a byte too many.
        refusedAppend(abi.encodeWithSelector(error_, 320, 320), 160, slice(_input, 160, 160));
        refusedFinish(abi.encodeWithSelector(error_, 320, 288), _inputRoot, 160, slice(_input, 160, 128));
        bytes memory more = abi.encodePacked(slice(_input, 160, 160), hex"00");
        refusedFinish(abi.encodeWithSelector(error_, 320, 321), _inputRoot, 160, more);
    }

    function test_upload_misaligned_reverts() external {
        bytes4 error_ = IInputUploads.ChunkMisaligned.selector;
        refusedAppend(abi.encodeWithSelector(error_, 0, 127), 0, slice(_input, 0, 127));
        append(0, 160);
        // Alignment is to the tensor's own beginning.
        refusedAppend(abi.encodeWithSelector(error_, 160, 96), 160, slice(_input, 160, 96));
        append(160, 128);
        finish(_inputRoot, 288, slice(_input, 288, 32));
    }

    function test_upload_otherBytes_reverts() external {
        append(0, 160);
        bytes memory last = slice(_input, 160, 160);
        last[159] ^= 0x01;
        bytes32 actual = keccak256(abi.encodePacked(slotOf(slice(_input, 0, 160)), slotOf(last)));
        bytes memory reason = abi.encodeWithSelector(IInputUploads.InputRootMismatch.selector, _inputRoot, actual);
        refusedFinish(reason, _inputRoot, 160, last);
        // The first tensor's bytes count too.
        last[159] ^= 0x01;
        bytes memory first = slice(_input, 0, 160);
        first[0] ^= 0x01;
        vm.prank(_requester);
        _market.appendInput(_modelId, _inputRoot, 0, first);
        actual = keccak256(abi.encodePacked(slotOf(first), slotOf(last)));
        reason = abi.encodeWithSelector(IInputUploads.InputRootMismatch.selector, _inputRoot, actual);
        refusedFinish(reason, _inputRoot, 160, last);
    }

    // Answers

    function test_submit_unchallenged_isPaid() external {
        bytes32 id = ask();
        submit(id, _truth);
        assertEq(_market.task(id).postedResult, word(".disputes[0].result"), "joint hash of the outputs' roots");
        vm.warp(block.timestamp + 600);
        _market.resolve(id);
        IInferenceMarket.TaskView memory t = _market.task(id);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Final);
        assertEq(t.result, word(".disputes[0].result"));
        assertEq(t.resultOwner, _liar);
        assertEq(_market.creditWei(_liar), FEE + SUBMIT_BOND);
    }

    function test_submit_otherNumberOfBytes_reverts() external {
        bytes32 id = ask();
        bytes4 error_ = IGraphTransition.ResultLengthMismatch.selector;
        refusedSubmit(abi.encodeWithSelector(error_, 320, 319), id, slice(_truth, 0, 319));
        refusedSubmit(abi.encodeWithSelector(error_, 320, 321), id, abi.encodePacked(_truth, hex"00"));
        refusedSubmit(abi.encodeWithSelector(error_, 160, 100), id, slice(_truth, 0, 100));
    }

    /// @dev A trace that stands for the posted result disputes nothing.
    function test_challenge_sameResult_reverts() external {
        bytes32 id = ask();
        submit(id, _truth);
        uint256 bond = _tournament.bondWei(_modelId, 2);
        bytes memory reason =
            abi.encodeWithSelector(IInferenceMarket.ResultNotDisputed.selector, word(".disputes[0].result"));
        refusedByMarket(reason, _honest, bond, hexOf(".disputes[0].calls[0].data"));
    }

    /// @dev One test a field: what a challenge shows is proven in its own root.
    function test_challenge_proofOfAnotherTrace_reverts() external {
        bytes32 id = ask();
        submit(id, hexOf(".disputes[0].liedOutput"));
        uint256 bond = _tournament.bondWei(_modelId, 2);
        ITournament.JoinData memory join = honestJoin();
        for (uint256 i = 31; i < join.evidence.length; i += 32) {
            join.evidence[i] ^= 0x01;
            bytes memory call_ = abi.encodeCall(_market.challenge, (id, join));
            refusedByMarket(selector(MerkleMemory.RootMismatch.selector), _honest, bond, call_);
            join.evidence[i] ^= 0x01;
        }
        join.lastLeaf = bytes32(uint256(1));
        bytes memory leaf = abi.encodeWithSelector(IReferee.LastLeafUnexpected.selector, join.lastLeaf);
        refusedByMarket(leaf, _honest, bond, abi.encodeCall(_market.challenge, (id, join)));
        join.lastLeaf = 0;
        refusedByMarket(
            selector(ITournament.WrongBond.selector), _honest, bond - 1, abi.encodeCall(_market.challenge, (id, join))
        );
        vm.prank(_honest, _honest);
        _market.challenge{value: bond}(id, join);
        assertTrue(_market.task(id).status == IInferenceMarket.TaskStatus.Disputed);
    }

    /// @dev A bond of another kind of tournament does not open one of this.
    function test_bondWei_eachKind_orNotPlayed() external {
        assertGt(_tournament.bondWei(_modelId, 2), _tournament.bondWei(_modelId, 3));
        assertGt(_tournament.bondWei(_modelId, 3), _tournament.bondWei(_modelId, 1));
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, _modelId, 0));
        _tournament.bondWei(_modelId, 0);
    }

    // What a call is made of

    function honestJoin() private view returns (ITournament.JoinData memory join_) {
        bytes memory data = hexOf(".disputes[0].calls[0].data");
        (, join_) = abi.decode(slice(data, 4, data.length - 4), (bytes32, ITournament.JoinData));
    }

    function append(uint256 _offset, uint256 _numBytes) private {
        bytes memory chunk = slice(_input, _offset, _numBytes);
        vm.prank(_requester);
        _market.appendInput(_modelId, _inputRoot, _offset, chunk);
    }

    function callFinish(bytes32 _root, uint256 _offset, bytes memory _chunk) private view returns (bytes memory) {
        uint40 deadline = uint40(block.timestamp + 50);
        return abi.encodeCall(_market.requestUploaded, (_modelId, _root, _offset, _chunk, deadline, 0));
    }

    function finish(bytes32 _root, uint256 _offset, bytes memory _chunk) private returns (bytes32) {
        bytes memory call_ = callFinish(_root, _offset, _chunk);
        vm.prank(_requester);
        (bool success, bytes memory answer) = address(_market).call{value: FEE}(call_);
        assertTrue(success, "refused");
        return abi.decode(answer, (bytes32));
    }

    function refusedAppend(bytes memory _reason, uint256 _offset, bytes memory _chunk) private {
        bytes memory call_ = abi.encodeCall(_market.appendInput, (_modelId, _inputRoot, _offset, _chunk));
        refusedByMarket(_reason, _requester, 0, call_);
    }

    function refusedFinish(bytes memory _reason, bytes32 _root, uint256 _offset, bytes memory _chunk) private {
        refusedByMarket(_reason, _requester, FEE, callFinish(_root, _offset, _chunk));
    }

    function refusedRequest(bytes memory _reason, bytes32 _model, bytes memory _bytes) private {
        uint40 deadline = uint40(block.timestamp + 50);
        refusedByMarket(_reason, _requester, FEE, abi.encodeCall(_market.request, (_model, _bytes, deadline, 0)));
    }

    function refusedSubmit(bytes memory _reason, bytes32 _id, bytes memory _output) private {
        refusedByMarket(_reason, _liar, SUBMIT_BOND, abi.encodeCall(_market.submit, (_id, _output, false)));
    }

    function assertUpload(uint256 _offset) private view {
        (uint256 totalBytes, uint256 offset) = _market.uploadOf(_requester, _modelId, _inputRoot);
        assertEq(totalBytes, _offset == 0 ? 0 : 320);
        assertEq(offset, _offset);
    }

    /// @dev Root of 160 bytes at height 23, by hand.
    function slotOf(bytes memory _bytes) private pure returns (bytes32 root_) {
        bytes memory second = abi.encodePacked(slice(_bytes, 128, 32), new bytes(96));
        root_ = keccak256(abi.encodePacked(keccak256(slice(_bytes, 0, 128)), keccak256(second)));
        bytes32 zero = keccak256(new bytes(128));
        for (uint256 h = 1; h < 23; ++h) {
            zero = keccak256(abi.encodePacked(zero, zero));
            root_ = keccak256(abi.encodePacked(root_, zero));
        }
    }

    function slice(bytes memory _bytes, uint256 _from, uint256 _count) private pure returns (bytes memory slice_) {
        slice_ = new bytes(_count);
        for (uint256 i = 0; i < _count; ++i) slice_[i] = _bytes[_from + i];
    }
}
