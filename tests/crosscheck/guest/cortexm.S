// SPDX-License-Identifier: Apache-2.0 OR MIT
// Cortex-M3, M4, M7, and M33 in its secure state: the process runs in thread mode on the process
// stack, everything else on the main stack.
    .syntax unified
    .thumb

    .equ SCS,          0xE000E000   // registers of a unit are named by their offset in it
    .equ SHCSR,        0xD24
    .equ CFSR,         0xD28
    .equ MMFAR,        0xD34
    .equ BFAR,         0xD38
    .equ MPU_CTRL,     0xD94
    .equ FAULTS_ON,    7 << 16      // UsageFault, BusFault, MemManage
    .equ MMARVALID,    1 << 7
    .equ FRAME_BYTES,  32
    .equ XPSR_THUMB,   1 << 24
    .equ RETURN_STACK, 1 << 2       // of EXC_RETURN: the process stack
    .equ SVCALL,       11

    .section .start, "a"
    .word stack_end
    .word reset
    .rept 14
    .word trap
    .endr

    .text

    .thumb_func
reset:
    ldr r0, =SCS
    mov r1, #FAULTS_ON
    str r1, [r0, #SHCSR]
    bl guest_main
    b .

    .global port_read_register
    .thumb_func
port_read_register:
    ldr r1, =SCS
    ldr r0, [r1, r0]
    bx lr

    .global port_write_register
    .thumb_func
port_write_register:
    ldr r2, =SCS
    str r1, [r2, r0]
    dsb
    isb
    bx lr

// A region may close itself to privileged writes too, so the unit goes off.
    .global port_suspend_unit
    .thumb_func
port_suspend_unit:
    ldr r2, =SCS
    ldr r3, =suspended_ctrl
    cbz r0, 1f
    ldr r1, [r2, #MPU_CTRL]
    str r1, [r3]
    mov r1, #0
    b 2f
1:  ldr r1, [r3]
2:  str r1, [r2, #MPU_CTRL]
    dsb
    isb
    bx lr

// r0: life, r1: answer
    .global port_run
    .thumb_func
port_run:
    push {r4-r11, lr}
    mov r4, r1
    ldm r0, {r1, r2, r3, r5, r6}    // pc, sp, is_privileged, arguments
    eor r3, r3, #1
    ldr r0, =process_control
    str r3, [r0]                    // CONTROL.nPRIV

    sub r2, r2, #FRAME_BYTES        // as if it had been interrupted
    str r5, [r2, #0]
    str r6, [r2, #4]
    str r1, [r2, #24]
    mov r0, #XPSR_THUMB
    str r0, [r2, #28]
    msr psp, r2
    svc #0                          // there and back again

    ldr r0, =trap_number
    ldr r0, [r0]
    str r0, [r4, #0]
    ldr r1, =SCS
    ldr r2, [r1, #CFSR]
    str r2, [r4, #4]
    tst r2, #MMARVALID
    ite ne
    ldrne r3, [r1, #MMFAR]
    ldreq r3, [r1, #BFAR]
    str r3, [r4, #8]
    str r2, [r1, #CFSR]             // writing ones clears
    mrs r3, psp
    ldr r3, [r3, #24]
    str r3, [r4, #12]
    pop {r4-r11, pc}

// All exceptions. The kernel's own call goes to the process; all else comes back from it.
    .thumb_func
trap:
    mrs r0, ipsr
    tst lr, #RETURN_STACK
    beq 1f
    ldr r1, =trap_number
    str r0, [r1]
    mov r0, #0
    b 2f
1:  cmp r0, #SVCALL
    bne .                           // this program's own mistake: the emulator's time limit
    ldr r1, =process_control
    ldr r0, [r1]
2:  msr control, r0
    isb
    eor lr, lr, #RETURN_STACK
    bx lr

    .global port_semihost
    .thumb_func
port_semihost:
    bkpt #0xAB
    bx lr

    .section .rodata

    .global port_stubs
port_stubs:
    .macro stub instruction
    .balign 8
    \instruction r1, [r0]
    svc #1
    .endm
    stub ldrb
    stub ldrh
    stub ldr
    stub strb
    stub strh
    stub str
    .balign 8

    .global port_undefined_2, port_undefined_4
port_undefined_2:
    udf.n #0
port_undefined_4:
    udf.w #0

    .bss
    .balign 4
suspended_ctrl:
    .space 4
process_control:
    .space 4
trap_number:
    .space 4
    .balign 8
    .space 4096
stack_end:
