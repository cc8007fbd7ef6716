// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HaltPc} from "./HaltPc.sol";
import {MachineState, StateAccess} from "./StateAccess.sol";

/// @title One instruction of the referee machine
/// @notice RV32IM as fixed by spec/04-machine. Every state has a next state: `step` reverts for a wrong witness only.
/// @dev The order of the checks is that of spec/04-machine §3; the calls on the state are those of `vm/step.ts`.
library RiscvStep {
    using StateAccess for MachineState;

    /// @notice The `ecall` that halts: a7 = 93.
    uint32 private constant EXIT_CALL = 93;
    uint32 private constant A7 = 17;

    /// @notice Hash of the state after one step from the state with hash `_prestateHash`.
    /// @param _prestateHash Hash of the state before, as it was claimed.
    /// @param _witness Registers, memory root and proven blocks (spec/07-encodings §1).
    /// @param _codeEnd CODE_END in bytes.
    /// @param _codeRoot Root of the code region.
    function step(bytes32 _prestateHash, bytes calldata _witness, uint32 _codeEnd, bytes32 _codeRoot)
        internal
        pure
        returns (bytes32 poststateHash_)
    {
        MachineState memory state = StateAccess.open(_prestateHash, _witness);
        uint32 pc = state.readPc();
        if (pc < HaltPc.BASE) {
            if (pc & 3 != 0) {
                state.writePc(HaltPc.INSTRUCTION_ADDRESS_MISALIGNED);
            } else if (pc >= _codeEnd) {
                state.writePc(HaltPc.INSTRUCTION_ACCESS_FAULT);
            } else {
                execute(state, _witness, pc, state.fetch(_witness, pc, _codeEnd, _codeRoot), _codeEnd);
            }
        }
        state.close(_witness);
        poststateHash_ = state.hash();
    }

    /// @dev Dispatches on the opcode, the low seven bits.
    function execute(MachineState memory _state, bytes calldata _witness, uint32 _pc, uint32 _insn, uint32 _codeEnd)
        private
        pure
    {
        uint32 opcode = _insn & 0x7f;
        if (opcode == 0x03) return load(_state, _witness, _pc, _insn);
        if (opcode == 0x23) return store(_state, _witness, _pc, _insn, _codeEnd);
        if (opcode == 0x33) return computeRegister(_state, _pc, _insn);
        if (opcode == 0x13) return computeImmediate(_state, _pc, _insn);
        if (opcode == 0x63) return branch(_state, _pc, _insn, _codeEnd);
        if (opcode == 0x6f) return jal(_state, _pc, _insn, _codeEnd);
        if (opcode == 0x67) return jalr(_state, _pc, _insn, _codeEnd);
        unchecked {
            if (opcode == 0x37) return retire(_state, _pc, _insn, _insn & 0xfffff000);
            if (opcode == 0x17) return retire(_state, _pc, _insn, _pc + (_insn & 0xfffff000));
            if (opcode == 0x0f && funct3(_insn) == 0) return _state.writePc(_pc + 4);
        }
        if (opcode == 0x73) return system(_state, _insn);
        _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
    }

    /// @dev Ends an instruction that gives a value: writes rd and moves to the next instruction.
    function retire(MachineState memory _state, uint32 _pc, uint32 _insn, uint32 _value) private pure {
        _state.writeRegister(rd(_insn), _value);
        unchecked {
            _state.writePc(_pc + 4);
        }
    }

    /// @dev Moves to a target, first checked for alignment, then against CODE_END. False after a trap.
    function jump(MachineState memory _state, uint32 _target, uint32 _codeEnd) private pure returns (bool taken_) {
        if (_target & 3 != 0) {
            _state.writePc(HaltPc.INSTRUCTION_ADDRESS_MISALIGNED);
        } else if (_target >= _codeEnd) {
            _state.writePc(HaltPc.INSTRUCTION_ACCESS_FAULT);
        } else {
            _state.writePc(_target);
            taken_ = true;
        }
    }

    /// @dev jal: the link is written only if the target is good.
    function jal(MachineState memory _state, uint32 _pc, uint32 _insn, uint32 _codeEnd) private pure {
        unchecked {
            if (jump(_state, _pc + immediateJ(_insn), _codeEnd)) _state.writeRegister(rd(_insn), _pc + 4);
        }
    }

    /// @dev jalr: bit 0 of the sum is cleared, bit 1 is not.
    function jalr(MachineState memory _state, uint32 _pc, uint32 _insn, uint32 _codeEnd) private pure {
        if (funct3(_insn) != 0) return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        unchecked {
            uint32 target = (_state.readRegister(rs1(_insn)) + immediateI(_insn)) & 0xfffffffe;
            if (jump(_state, target, _codeEnd)) _state.writeRegister(rd(_insn), _pc + 4);
        }
    }

    /// @dev beq bne blt bge bltu bgeu: a branch that is not taken checks nothing.
    function branch(MachineState memory _state, uint32 _pc, uint32 _insn, uint32 _codeEnd) private pure {
        uint32 x = _state.readRegister(rs1(_insn));
        uint32 y = _state.readRegister(rs2(_insn));
        uint32 kind = funct3(_insn);
        bool isTaken;
        if (kind == 0) isTaken = x == y;
        else if (kind == 1) isTaken = x != y;
        else if (kind == 4) isTaken = int32(x) < int32(y);
        else if (kind == 5) isTaken = int32(x) >= int32(y);
        else if (kind == 6) isTaken = x < y;
        else if (kind == 7) isTaken = x >= y;
        else return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        unchecked {
            if (isTaken) jump(_state, _pc + immediateB(_insn), _codeEnd);
            else _state.writePc(_pc + 4);
        }
    }

    /// @dev lb lh lw lbu lhu. The access is made for rd = x0 too.
    function load(MachineState memory _state, bytes calldata _witness, uint32 _pc, uint32 _insn) private pure {
        uint32 kind = funct3(_insn);
        if (kind == 3 || kind > 5) return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        unchecked {
            uint32 numBytes = uint32(1) << (kind & 3);
            uint32 target = _state.readRegister(rs1(_insn)) + immediateI(_insn);
            if (target & (numBytes - 1) != 0) return _state.writePc(HaltPc.LOAD_ADDRESS_MISALIGNED);
            uint32 value = _state.load(_witness, target, numBytes);
            if (kind == 0) value = uint32(int32(int8(uint8(value))));
            else if (kind == 1) value = uint32(int32(int16(uint16(value))));
            retire(_state, _pc, _insn, value);
        }
    }

    /// @dev sb sh sw: alignment first, then CODE_END.
    function store(MachineState memory _state, bytes calldata _witness, uint32 _pc, uint32 _insn, uint32 _codeEnd)
        private
        pure
    {
        uint32 kind = funct3(_insn);
        if (kind > 2) return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        unchecked {
            uint32 numBytes = uint32(1) << kind;
            uint32 target = _state.readRegister(rs1(_insn)) + immediateS(_insn);
            if (target & (numBytes - 1) != 0) return _state.writePc(HaltPc.STORE_ADDRESS_MISALIGNED);
            if (target < _codeEnd) return _state.writePc(HaltPc.STORE_ACCESS_FAULT);
            _state.store(_witness, target, numBytes, _state.readRegister(rs2(_insn)));
            _state.writePc(_pc + 4);
        }
    }

    /// @dev addi slti sltiu xori ori andi slli srli srai.
    function computeImmediate(MachineState memory _state, uint32 _pc, uint32 _insn) private pure {
        uint32 kind = funct3(_insn);
        uint32 high = funct7(_insn);
        // Only the shifts have a funct7; in the other rows those bits belong to the immediate.
        if (kind == 1 && high != 0) return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        if (kind == 5 && high != 0 && high != 0x20) return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        bool isAlternative = kind == 5 && high == 0x20;
        uint32 value = compute(kind, isAlternative, _state.readRegister(rs1(_insn)), immediateI(_insn));
        retire(_state, _pc, _insn, value);
    }

    /// @dev add sub sll slt sltu xor srl sra or and, and the M extension (funct7 = 1).
    function computeRegister(MachineState memory _state, uint32 _pc, uint32 _insn) private pure {
        uint32 kind = funct3(_insn);
        uint32 high = funct7(_insn);
        uint32 x = _state.readRegister(rs1(_insn));
        uint32 y = _state.readRegister(rs2(_insn));
        uint32 value;
        if (high == 0) value = compute(kind, false, x, y);
        else if (high == 0x20 && (kind == 0 || kind == 5)) value = compute(kind, true, x, y);
        else if (high == 1) value = kind < 4 ? multiply(kind, x, y) : divide(kind, x, y);
        else return _state.writePc(HaltPc.ILLEGAL_INSTRUCTION);
        retire(_state, _pc, _insn, value);
    }

    /// @dev The eight operations of RV32I by funct3; `_isAlternative` makes sub of add and sra of srl.
    function compute(uint32 _kind, bool _isAlternative, uint32 _x, uint32 _y) private pure returns (uint32 value_) {
        unchecked {
            if (_kind == 0) return _isAlternative ? _x - _y : _x + _y;
            if (_kind == 1) return _x << (_y & 31);
            if (_kind == 2) return int32(_x) < int32(_y) ? 1 : 0;
            if (_kind == 3) return _x < _y ? 1 : 0;
            if (_kind == 4) return _x ^ _y;
            if (_kind == 5) return _isAlternative ? uint32(int32(_x) >> (_y & 31)) : _x >> (_y & 31);
            if (_kind == 6) return _x | _y;
            return _x & _y;
        }
    }

    /// @dev mul mulh mulhsu mulhu by funct3 0 to 3. Products are exact in 256 bits.
    function multiply(uint32 _kind, uint32 _x, uint32 _y) private pure returns (uint32 value_) {
        unchecked {
            int256 x = _kind == 3 ? int256(uint256(_x)) : int256(int32(_x));
            int256 y = _kind >= 2 ? int256(uint256(_y)) : int256(int32(_y));
            return uint32(uint256(_kind == 0 ? x * y : (x * y) >> 32));
        }
    }

    /// @dev div divu rem remu by funct3 4 to 7. Quotients are exact in 256 bits, so −2³¹ ÷ −1 wraps when cut to 32.
    function divide(uint32 _kind, uint32 _x, uint32 _y) private pure returns (uint32 value_) {
        if (_y == 0) return _kind < 6 ? 0xffffffff : _x;
        unchecked {
            if (_kind == 4) return uint32(uint256(int256(int32(_x)) / int256(int32(_y))));
            if (_kind == 5) return _x / _y;
            if (_kind == 6) return uint32(uint256(int256(int32(_x)) % int256(int32(_y))));
            return _x % _y;
        }
    }

    /// @dev ecall and ebreak, each one exact word; CSR instructions are illegal.
    function system(MachineState memory _state, uint32 _insn) private pure {
        if (_insn == 0x00000073) {
            _state.writePc(_state.readRegister(A7) == EXIT_CALL ? HaltPc.EXIT : HaltPc.ENVIRONMENT_CALL);
        } else {
            _state.writePc(_insn == 0x00100073 ? HaltPc.BREAKPOINT : HaltPc.ILLEGAL_INSTRUCTION);
        }
    }

    function rd(uint32 _insn) private pure returns (uint32 index_) {
        return (_insn >> 7) & 31;
    }

    function rs1(uint32 _insn) private pure returns (uint32 index_) {
        return (_insn >> 15) & 31;
    }

    function rs2(uint32 _insn) private pure returns (uint32 index_) {
        return (_insn >> 20) & 31;
    }

    function funct3(uint32 _insn) private pure returns (uint32 value_) {
        return (_insn >> 12) & 7;
    }

    function funct7(uint32 _insn) private pure returns (uint32 value_) {
        return _insn >> 25;
    }

    function immediateI(uint32 _insn) private pure returns (uint32 value_) {
        return uint32(int32(_insn) >> 20);
    }

    function immediateS(uint32 _insn) private pure returns (uint32 value_) {
        return (uint32(int32(_insn) >> 20) & 0xffffffe0) | ((_insn >> 7) & 0x1f);
    }

    function immediateB(uint32 _insn) private pure returns (uint32 value_) {
        uint32 sign = uint32(int32(_insn) >> 31) & 0xfffff000;
        return sign | ((_insn << 4) & 0x800) | ((_insn >> 20) & 0x7e0) | ((_insn >> 7) & 0x1e);
    }

    function immediateJ(uint32 _insn) private pure returns (uint32 value_) {
        uint32 sign = uint32(int32(_insn) >> 31) & 0xfff00000;
        return sign | (_insn & 0xff000) | ((_insn >> 9) & 0x800) | ((_insn >> 20) & 0x7fe);
    }
}
