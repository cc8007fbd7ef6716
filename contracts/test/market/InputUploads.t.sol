// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IInputUploads} from "../../src/interfaces/IInputUploads.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {MerkleHarness} from "../base/MerkleHarness.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {ToyMachine, ToyRegistry} from "../dispute/ToyMachine.sol";

/// @notice Inputs in chunks (spec/03 §7): the root is that of the whole, and one test a refusal.
contract InputUploads_Test is Test {
    bytes32 private constant MODEL = "2 MiB slot";
    bytes32 private constant SMALL = "1 KiB slot";
    uint256 private constant MAX_CHUNK = 65_536;
    uint256 private constant FEE = 1 ether;

    MerkleHarness private _merkle;
    IInferenceMarket private _market;
    address private _uploader;
    uint40 private _deadline;

    function setUp() external {
        _merkle = new MerkleHarness();
        ToyRegistry registry = new ToyRegistry();
        registry.add(MODEL, 5, 4, 14);
        registry.add(SMALL, 5, 4, 3);
        ITournament.Parameters memory p = ITournament.Parameters(600, 600, 900, 120, 200 gwei, 2 gwei);
        address toy = address(new ToyMachine());
        address referee = Deployer.referee(address(registry), toy, toy);
        address game = Deployer.tournament(referee, p);
        _market = IInferenceMarket(Deployer.market(referee, game, 600, 0.5 ether));
        _uploader = makeAccount("uploader", 100 ether);
        _deadline = uint40(vm.getBlockTimestamp() + 1000);
    }

    // What an upload gives

    function test_upload_whole_opensTheRequest() external {
        bytes memory input = pattern(200_000, 1);
        bytes32 root = _merkle.slotRoot(input, 14);
        bytes memory slot = encoded(input);
        for (uint256 offset = 0; offset < 3 * MAX_CHUNK; offset += MAX_CHUNK) {
            append(MODEL, root, offset, slice(slot, offset, MAX_CHUNK));
            assertUpload(_uploader, root, 200_004, offset + MAX_CHUNK);
        }
        bytes32 id = finish(MODEL, root, 3 * MAX_CHUNK, slice(slot, 3 * MAX_CHUNK, MAX_CHUNK));
        IInferenceMarket.TaskView memory t = _market.task(id);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Requested);
        assertEq(t.requester, _uploader);
        assertEq(t.modelId, MODEL);
        assertEq(t.inputRoot, root);
        assertEq(t.feeWei, FEE);
        assertEq(t.deadline, _deadline);
        assertEq(t.callbackGas, 7);
        assertFalse(t.inputElsewhere);
        assertEq(id, _market.taskIdOf(_uploader, 0, MODEL, root));
        assertEq(address(_market).balance, FEE);
        assertUpload(_uploader, root, 0, 0);
    }

    /// @dev The same input can be asked again, and the levels that the first upload left behind do not matter.
    function test_upload_again_opensAnotherRequest() external {
        (bytes32 root, bytes memory slot) = sample(1000, 2);
        bytes32 first = uploadAll(SMALL, root, slot, 7);
        bytes32 second = uploadAll(SMALL, root, slot, 8);
        assertNotEq(first, second);
        assertEq(_market.nonceOf(_uploader), 2);
    }

    /// @dev Servers and verifiers rebuild the input from the logs alone.
    function test_events_joined_areTheEncodedSlot() external {
        (bytes32 root, bytes memory slot) = sample(777, 3);
        vm.recordLogs();
        uploadAll(SMALL, root, slot, 9);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory joined;
        for (uint256 i = 0; i < logs.length - 1; ++i) {
            assertEq(logs[i].topics[0], IInputUploads.InputChunk.selector);
            assertEq(logs[i].topics[1], bytes32(uint256(uint160(_uploader))));
            assertEq(logs[i].topics[2], SMALL);
            assertEq(logs[i].topics[3], root);
            (uint256 offset, uint256 totalBytes, bool isSlot, bytes memory chunk) =
                abi.decode(logs[i].data, (uint256, uint256, bool, bytes));
            assertEq(totalBytes, slot.length);
            assertTrue(isSlot);
            assertEq(offset, joined.length);
            joined = abi.encodePacked(joined, chunk);
        }
        assertEq(logs[logs.length - 1].topics[0], IInferenceMarket.Requested.selector);
        assertEq(joined, slot);
    }

    /// @dev The contract's root of any cut into aligned chunks is the slot root of the whole.
    function testFuzz_upload_anyLengthAndChunks_isTheSlotRoot(uint256 _length, uint256 _seed) external {
        bool isSmall = _seed % 2 == 0;
        (bytes32 model, uint256 height) = isSmall ? (SMALL, 3) : (MODEL, 14);
        bytes memory input = pattern(bound(_length, 0, isSmall ? 1020 : 30_000), _seed);
        bytes32 root = _merkle.slotRoot(input, height);
        bytes32 id = uploadAll(model, root, encoded(input), _seed);
        assertEq(_market.task(id).inputRoot, root);
    }

    /// @dev The least and the greatest lengths, and those around chunk and block ends.
    function test_upload_edgeLengths_areTheSlotRoot() external {
        uint256[13] memory sizes = [uint256(0), 1, 123, 124, 125, 251, 252, 253, 508, 509, 896, 1019, 1020];
        for (uint256 i = 0; i < sizes.length; ++i) {
            for (uint256 seed = 0; seed < 4; ++seed) {
                (bytes32 root, bytes memory slot) = sample(sizes[i], seed);
                assertEq(_market.task(uploadAll(SMALL, root, slot, seed)).inputRoot, root);
            }
        }
    }

    /// @dev A full chunk may be the last one: 4 + n is a multiple of 64 KiB.
    function test_upload_lastChunkFull() external {
        bytes memory input = pattern(2 * MAX_CHUNK - 4, 5);
        bytes32 root = _merkle.slotRoot(input, 14);
        bytes memory slot = encoded(input);
        append(MODEL, root, 0, slice(slot, 0, MAX_CHUNK));
        bytes memory last = slice(slot, MAX_CHUNK, MAX_CHUNK);
        bytes memory call_ = abi.encodeCall(_market.appendInput, (MODEL, root, MAX_CHUNK, last));
        refused(_uploader, abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 131_072, 131_072), call_);
        finish(MODEL, root, MAX_CHUNK, last);
    }

    /// @dev A chunk at offset 0 begins anew: no wrong byte can block an input for ever.
    function test_upload_wrongBytes_beginsAnew() external {
        (bytes32 root, bytes memory slot) = sample(700, 6);
        bytes memory wrong = slice(slot, 0, 512);
        wrong[300] ^= 0x01;
        append(SMALL, root, 0, wrong);
        bytes memory rest = slice(slot, 512, 512);
        wrong = abi.encodePacked(wrong, rest);
        bytes32 actual = _merkle.slotRoot(slice(wrong, 4, 700), 3);
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.InputRootMismatch.selector, root, actual);
        refused(_uploader, error_, callFinish(SMALL, root, 512, rest));
        append(SMALL, root, 0, slice(slot, 0, 256));
        assertUploadOf(SMALL, _uploader, root, 704, 256);
        append(SMALL, root, 256, slice(slot, 256, 256));
        finish(SMALL, root, 512, rest);
    }

    // Refusals

    function test_append_outOfOrder_reverts() external {
        (bytes32 root, bytes memory slot) = sample(1000, 7);
        refusedOrder(_uploader, 0, 256, root, slot);
        append(SMALL, root, 0, slice(slot, 0, 256));
        // A gap, and the same chunk once more.
        refusedOrder(_uploader, 256, 512, root, slot);
        append(SMALL, root, 256, slice(slot, 256, 256));
        refusedOrder(_uploader, 512, 256, root, slot);
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkOutOfOrder.selector, 512, 768);
        refused(_uploader, error_, callFinish(SMALL, root, 768, slice(slot, 768, 256)));
    }

    function test_append_misaligned_reverts() external {
        (bytes32 root, bytes memory slot) = sample(1000, 8);
        uint256[6] memory sizes = [uint256(4), 127, 129, 255, 384, 640];
        for (uint256 i = 0; i < sizes.length; ++i) {
            refusedAlignment(0, sizes[i], root, slot);
        }
        append(SMALL, root, 0, slice(slot, 0, 128));
        refusedAlignment(128, 256, root, slot);
        append(SMALL, root, 128, slice(slot, 128, 128));
        append(SMALL, root, 256, slice(slot, 256, 256));
        append(SMALL, root, 512, slice(slot, 512, 128));
        // The last chunk needs four blocks, and stands in the middle of the four.
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkMisaligned.selector, 640, 364);
        refused(_uploader, error_, callFinish(SMALL, root, 640, slice(slot, 640, 364)));
        append(SMALL, root, 640, slice(slot, 640, 128));
        finish(SMALL, root, 768, slice(slot, 768, 236));
    }

    function test_append_oversize_reverts() external {
        bytes memory input = pattern(300_000, 9);
        bytes32 root = _merkle.slotRoot(input, 14);
        bytes memory slot = encoded(input);
        uint256[2] memory sizes = [MAX_CHUNK + 1, 2 * MAX_CHUNK];
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes memory chunk = slice(slot, 0, sizes[i]);
            bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkTooLarge.selector, sizes[i], MAX_CHUNK);
            refused(_uploader, error_, abi.encodeCall(_market.appendInput, (MODEL, root, 0, chunk)));
            refused(_uploader, error_, callFinish(MODEL, root, 0, chunk));
        }
    }

    function test_append_afterCompletion_reverts() external {
        (bytes32 root, bytes memory slot) = sample(1000, 10);
        append(SMALL, root, 0, slice(slot, 0, 512));
        finish(SMALL, root, 512, slice(slot, 512, 492));
        refusedOrder(_uploader, 0, 512, root, slot);
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkOutOfOrder.selector, 0, 512);
        refused(_uploader, error_, callFinish(SMALL, root, 512, slice(slot, 512, 492)));
    }

    function test_append_anotherSender_reverts() external {
        (bytes32 root, bytes memory slot) = sample(1000, 11);
        append(SMALL, root, 0, slice(slot, 0, 512));
        address other = makeAccount("other", 10 ether);
        refusedOrder(other, 0, 512, root, slot);
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkOutOfOrder.selector, 0, 512);
        refused(other, error_, callFinish(SMALL, root, 512, slice(slot, 512, 492)));
        // It can begin its own, which leaves the first alone.
        bytes memory first = slice(slot, 0, 256);
        vm.prank(other);
        _market.appendInput(SMALL, root, 0, first);
        assertUploadOf(SMALL, other, root, 1004, 256);
        assertUploadOf(SMALL, _uploader, root, 1004, 512);
    }

    /// @dev Another model or root is another upload.
    function test_append_otherName_reverts() external {
        (bytes32 root, bytes memory slot) = sample(1000, 12);
        append(SMALL, root, 0, slice(slot, 0, 512));
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.ChunkOutOfOrder.selector, 0, 512);
        refused(_uploader, error_, callFinish(MODEL, root, 512, slice(slot, 512, 492)));
        refused(_uploader, error_, callFinish(SMALL, "other root", 512, slice(slot, 512, 492)));
    }

    function test_append_lengthMismatch_reverts() external {
        (bytes32 root, bytes memory slot) = sample(500, 13);
        append(SMALL, root, 0, slice(slot, 0, 256));
        // Fewer bytes than the length word says.
        bytes memory error_ = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 504, 503);
        refused(_uploader, error_, callFinish(SMALL, root, 256, slice(slot, 256, 247)));
        // The last bytes without a request.
        error_ = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 504, 512);
        bytes memory padded = abi.encodePacked(slice(slot, 256, 248), new bytes(8));
        refused(_uploader, error_, abi.encodeCall(_market.appendInput, (SMALL, root, 256, padded)));
        // A first chunk without a whole length word; one that ends before it should.
        error_ = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 4, 3);
        refused(_uploader, error_, callFinish(SMALL, root, 0, slice(slot, 0, 3)));
        error_ = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 504, 128);
        refused(_uploader, error_, callFinish(SMALL, root, 0, slice(slot, 0, 128)));
    }

    /// @dev Padding is the contract's: bytes behind the length are refused, zero or not.
    function test_append_paddingBytes_reverts() external {
        (bytes32 root, bytes memory slot) = sample(500, 14);
        append(SMALL, root, 0, slice(slot, 0, 256));
        for (uint8 value = 0; value < 2; ++value) {
            bytes memory padded = abi.encodePacked(slice(slot, 256, 248), value);
            bytes memory error_ = abi.encodeWithSelector(IInputUploads.UploadLengthMismatch.selector, 504, 505);
            refused(_uploader, error_, callFinish(SMALL, root, 256, padded));
        }
        finish(SMALL, root, 256, slice(slot, 256, 248));
    }

    /// @dev Audit: data silently truncated. A length beyond the slot is refused at the first chunk.
    function test_append_slotOverflow_reverts() external {
        bytes memory slot = encoded(new bytes(1021));
        bytes memory error_ = abi.encodeWithSelector(MerkleMemory.SlotOverflow.selector, 1021, 1020);
        refused(_uploader, error_, abi.encodeCall(_market.appendInput, (SMALL, "root", 0, slice(slot, 0, 512))));
        slot = abi.encodePacked(type(uint32).max, new bytes(508));
        error_ = abi.encodeWithSelector(MerkleMemory.SlotOverflow.selector, type(uint32).max, 1020);
        refused(_uploader, error_, abi.encodeCall(_market.appendInput, (SMALL, "root", 0, slot)));
    }

    function test_append_unknownModel_reverts() external {
        vm.expectRevert();
        _market.appendInput("none", "root", 0, new bytes(128));
        vm.expectRevert();
        _market.requestUploaded("none", "root", 0, new bytes(4), _deadline, 0);
    }

    function test_requestUploaded_deadlinePassed_reverts() external {
        (bytes32 root, bytes memory slot) = sample(100, 15);
        vm.warp(_deadline);
        bytes memory error_ = abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, _deadline, _deadline);
        refused(_uploader, error_, callFinish(SMALL, root, 0, slot));
    }

    // What the tests are made of

    /// @dev An input for the small slot, its root and its encoded slot.
    function sample(uint256 _length, uint256 _seed) private view returns (bytes32 root_, bytes memory slot_) {
        bytes memory input = pattern(_length, _seed);
        (root_, slot_) = (_merkle.slotRoot(input, 3), encoded(input));
    }

    /// @dev Sends the whole slot in chunks whose sizes the seed chooses among those that are allowed.
    function uploadAll(bytes32 _model, bytes32 _root, bytes memory _slot, uint256 _seed) private returns (bytes32) {
        uint256 offset = 0;
        while (true) {
            uint256 rest = _slot.length - offset;
            uint256 maximum = 128;
            while (maximum < MAX_CHUNK && offset % (2 * maximum) == 0) maximum *= 2;
            _seed = uint256(keccak256(abi.encode(_seed)));
            uint256 size = 128 << (_seed % 10);
            if (size > maximum) size = maximum;
            while (size >= rest && size > 128) size /= 2;
            bool isLast = rest <= 128 || (rest <= maximum && _seed % 3 == 0);
            if (isLast) return finish(_model, _root, offset, slice(_slot, offset, rest));
            append(_model, _root, offset, slice(_slot, offset, size));
            offset += size;
        }
        return 0;
    }

    function append(bytes32 _model, bytes32 _root, uint256 _offset, bytes memory _chunk) private {
        vm.prank(_uploader);
        _market.appendInput(_model, _root, _offset, _chunk);
    }

    function finish(bytes32 _model, bytes32 _root, uint256 _offset, bytes memory _chunk) private returns (bytes32) {
        vm.prank(_uploader);
        return _market.requestUploaded{value: FEE}(_model, _root, _offset, _chunk, _deadline, 7);
    }

    function callFinish(bytes32 _model, bytes32 _root, uint256 _offset, bytes memory _chunk)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(_market.requestUploaded, (_model, _root, _offset, _chunk, _deadline, 0));
    }

    function refusedOrder(address _sender, uint256 _expected, uint256 _offset, bytes32 _root, bytes memory _slot)
        private
    {
        bytes memory call_ = abi.encodeCall(_market.appendInput, (SMALL, _root, _offset, slice(_slot, _offset, 256)));
        refused(_sender, abi.encodeWithSelector(IInputUploads.ChunkOutOfOrder.selector, _expected, _offset), call_);
    }

    function refusedAlignment(uint256 _offset, uint256 _size, bytes32 _root, bytes memory _slot) private {
        bytes memory call_ = abi.encodeCall(_market.appendInput, (SMALL, _root, _offset, slice(_slot, _offset, _size)));
        refused(_uploader, abi.encodeWithSelector(IInputUploads.ChunkMisaligned.selector, _offset, _size), call_);
    }

    /// @dev The call reverts with exactly this error.
    function refused(address _sender, bytes memory _error, bytes memory _call) private {
        vm.prank(_sender);
        (bool success, bytes memory data) = address(_market).call(_call);
        assertFalse(success, "was not refused");
        assertEq(data, _error, "refused for another reason");
    }

    function assertUpload(address _sender, bytes32 _root, uint256 _slotBytes, uint256 _offset) private view {
        assertUploadOf(MODEL, _sender, _root, _slotBytes, _offset);
    }

    function assertUploadOf(bytes32 _model, address _sender, bytes32 _root, uint256 _slotBytes, uint256 _offset)
        private
        view
    {
        (uint256 slotBytes, uint256 offset) = _market.uploadOf(_sender, _model, _root);
        assertEq(slotBytes, _slotBytes, "slotBytes");
        assertEq(offset, _offset, "offset");
    }

    /// @dev Bytes that a seed chooses.
    function pattern(uint256 _length, uint256 _seed) private pure returns (bytes memory bytes_) {
        bytes_ = new bytes(_length);
        for (uint256 i = 0; i < _length; i += 32) {
            bytes32 word = keccak256(abi.encode(_seed, i));
            for (uint256 j = i; j < i + 32 && j < _length; ++j) bytes_[j] = word[j - i];
        }
    }

    function encoded(bytes memory _input) private pure returns (bytes memory) {
        uint32 n = uint32(_input.length);
        return abi.encodePacked(uint8(n), uint8(n >> 8), uint8(n >> 16), uint8(n >> 24), _input);
    }

    /// @dev At most `_size` bytes from `_start` on.
    function slice(bytes memory _data, uint256 _start, uint256 _size) private pure returns (bytes memory part_) {
        uint256 end = _start + _size < _data.length ? _start + _size : _data.length;
        part_ = new bytes(end - _start);
        for (uint256 i = _start; i < end; ++i) part_[i - _start] = _data[i];
    }
}
