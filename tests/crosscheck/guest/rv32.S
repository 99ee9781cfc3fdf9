// SPDX-License-Identifier: Apache-2.0 OR MIT
// RV32IMAC with machine and user mode: the process has no stack, only registers.
    .equ PMPCFG0,     0x3A0
    .equ PMPADDR0,    0x3B0
    .equ CFG_REGS,    4
    .equ ADDR_REGS,   16
    .equ MSTATUS_MPP, 3 << 11
    .equ SAVED_BYTES, 64

    .section .start, "ax"
    la sp, stack_end
    la t0, trap
    csrw mtvec, t0
    call guest_main
    j .

    .text

// Registers are named by their CSR number, which an instruction holds: one instruction each.
    .macro table name, instruction
    .global \name
\name:
    .option push
    .option norvc
    li t0, PMPADDR0
    blt a0, t0, 1f
    addi a0, a0, PMPCFG0 + CFG_REGS - PMPADDR0
1:  addi a0, a0, -PMPCFG0
    slli a0, a0, 3
    la t0, 2f
    add t0, t0, a0
    jr t0
2:
    .set csr, PMPCFG0
    .rept CFG_REGS
    \instruction
    ret
    .set csr, csr + 1
    .endr
    .set csr, PMPADDR0
    .rept ADDR_REGS
    \instruction
    ret
    .set csr, csr + 1
    .endr
    .option pop
    .endm

    table port_read_register, "csrr a0, csr"
    table port_write_register, "csrw csr, a1"

// Entries that are not locked do not bind machine mode.
    .global port_suspend_unit
port_suspend_unit:
    ret

// a0: life, a1: answer
    .global port_run
port_run:
    addi sp, sp, -SAVED_BYTES
    sw ra, 0(sp)
    sw a1, 4(sp)
    sw s0, 8(sp)
    sw s1, 12(sp)
    sw s2, 16(sp)
    sw s3, 20(sp)
    sw s4, 24(sp)
    sw s5, 28(sp)
    sw s6, 32(sp)
    sw s7, 36(sp)
    sw s8, 40(sp)
    sw s9, 44(sp)
    sw s10, 48(sp)
    sw s11, 52(sp)
    csrw mscratch, sp

    lw t0, 0(a0)            // pc
    csrw mepc, t0
    li t1, MSTATUS_MPP
    csrc mstatus, t1
    lw t0, 8(a0)            // is_privileged
    beqz t0, 1f
    csrs mstatus, t1
1:  lw a1, 16(a0)           // arguments
    lw a0, 12(a0)
    fence.i
    mret

    .balign 4
trap:
    csrrw sp, mscratch, sp
    lw a1, 4(sp)
    csrr t0, mcause
    sw t0, 0(a1)
    sw zero, 4(a1)
    csrr t0, mtval
    sw t0, 8(a1)
    csrr t0, mepc
    sw t0, 12(a1)

    lw ra, 0(sp)
    lw s0, 8(sp)
    lw s1, 12(sp)
    lw s2, 16(sp)
    lw s3, 20(sp)
    lw s4, 24(sp)
    lw s5, 28(sp)
    lw s6, 32(sp)
    lw s7, 36(sp)
    lw s8, 40(sp)
    lw s9, 44(sp)
    lw s10, 48(sp)
    lw s11, 52(sp)
    addi sp, sp, SAVED_BYTES
    ret

    .global port_semihost
    .balign 16
port_semihost:
    .option push
    .option norvc
    slli zero, zero, 0x1f
    ebreak
    srai zero, zero, 7
    .option pop
    ret

    .section .rodata

    .global port_stubs
    .balign 8
port_stubs:
    .option push
    .option norvc
    .macro stub instruction
    \instruction a1, 0(a0)
    ecall
    .endm
    stub lbu
    stub lhu
    stub lw
    stub sb
    stub sh
    stub sw
    .option pop

    .global port_undefined_2, port_undefined_4
port_undefined_2:
    .half 0
    .balign 4
port_undefined_4:
    .word 0xC0001073        // csrrw zero, cycle, zero: read-only

    .bss
    .balign 16
    .space 4096
stack_end:
