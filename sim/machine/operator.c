// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "operator.h"

#include "../../core/recording.h"
#include "world.h"

// ---- what an operator does

static void act(struct world *world, const struct operator_step *step)
{
    struct kernel *kernel = &world->kernel;
    struct process *process = &world->processes[step->process];

    RECORD(kernel, step->process, operator, .verb = step->verb, .state = process->state,
           .line = step->line);
    switch ((enum operator_verb)step->verb) {
    case OPERATOR_STOP:
        process_stop(kernel, process);
        break;
    case OPERATOR_RESUME:
        process_resume(kernel, process);
        break;
    case OPERATOR_FAULT:
        process_fault(kernel, process, FAULT_CAUSE_OPERATOR);
        break;
    case OPERATOR_TERMINATE:
        process_terminate(kernel, process, COMPLETION_NONE, 0);
        break;
    case OPERATOR_RESTART:
        process_restart(kernel, process, COMPLETION_NONE, 0);
        break;
    case OPERATOR_BOOT: // the console's word for it: only what was terminated
        if (process->state == PROCESS_TERMINATED)
            process_restart(kernel, process, COMPLETION_NONE, 0);
        break;
    }
}

// ---- when

static uint64_t due_at(const struct world *world, const struct operator_step *step)
{
    switch ((enum operator_step_kind)step->kind) {
    case OPERATOR_AT:
        return world_cycles(world, step->us);
    case OPERATOR_AFTER:
        return world->clock.now + world_cycles(world, step->us);
    case OPERATOR_ACT:
        return world->clock.now;
    case OPERATOR_DURING:
        break;
    }
    return DEVICE_IDLE;
}

// Goes on, from the step at hand, up to one that has to wait.
static void go_on(struct world *world, struct operator_state *actor)
{
    while (actor->next < actor->script.count && world_kernel_runs(world)) {
        const struct operator_step *step = &actor->script.steps[actor->next];

        if (!actor->waits)
            actor->due_at = due_at(world, step);
        actor->waits = actor->due_at > world->clock.now;
        if (actor->waits)
            return;
        actor->next++;
        if (step->kind == OPERATOR_ACT && step->process < world->process_count)
            act(world, step);
    }
    actor->due_at = DEVICE_IDLE;
}

// The first of them that has something to do is what the chip waits for.
static void set_device(struct world *world)
{
    const struct operators *operators = &world->operators;

    world->devices.operator_at = DEVICE_IDLE;
    for (uint32_t i = 0; i < operators->count; i++)
        if (operators->list[i].due_at < world->devices.operator_at)
            world->devices.operator_at = operators->list[i].due_at;
    world_expect_interrupt(world, world->devices.operator_at);
}

void operators_serve(struct world *world)
{
    struct operators *operators = &world->operators;

    for (uint32_t i = 0; i < operators->count; i++)
        if (operators->list[i].due_at <= world->clock.now)
            go_on(world, &operators->list[i]);
    set_device(world);
}

const struct operator_step *operators_undone(const struct world *world)
{
    const struct operators *operators = &world->operators;

    for (uint32_t i = 0; i < operators->count; i++) {
        const struct operator_script *script = &operators->list[i].script;

        for (uint32_t next = operators->list[i].next; next < script->count; next++)
            if (script->steps[next].kind == OPERATOR_ACT)
                return &script->steps[next];
    }
    return NULL;
}

// ---- from inside of a command

static bool waits_for(const struct operator_state *actor, uint32_t process, uint32_t driver,
                      uint32_t command)
{
    const struct operator_step *step = &actor->script.steps[actor->next];

    return actor->waits && step->kind == OPERATOR_DURING && step->process == process &&
           step->driver == driver && step->command == command;
}

static struct syscall_return command_with_operators(struct kernel *kernel,
                                                    const struct syscall_driver *driver,
                                                    struct process *process, uint32_t command,
                                                    uint32_t argument0, uint32_t argument1)
{
    struct world *world = kernel->port;
    struct operators *operators = &world->operators;
    const struct syscall_driver *plain = &operators->drivers.list[driver->grant.number];
    struct syscall_return answer =
        plain->command(kernel, plain, process, command, argument0, argument1);

    for (uint32_t i = 0; i < operators->count; i++) {
        struct operator_state *actor = &operators->list[i];

        if (!waits_for(actor, process->id.index, driver->grant.driver, command))
            continue;
        actor->waits = false;
        actor->next++;
        go_on(world, actor);
    }
    set_device(world);
    return answer;
}

static bool waits_for_commands(const struct operator_script *script)
{
    for (uint32_t i = 0; i < script->count; i++)
        if (script->steps[i].kind == OPERATOR_DURING)
            return true;
    return false;
}

static void get_between(struct world *world)
{
    world->operators.drivers = world->drivers;
    for (uint32_t i = 0; i < world->drivers.count; i++)
        world->drivers.list[i].command = command_with_operators;
}

static void begin(const struct world *world, struct operator_state *actor,
                  const struct operator_script *script)
{
    *actor = (struct operator_state){.script = *script, .due_at = DEVICE_IDLE};
    if (script->count == 0)
        return;
    actor->due_at = due_at(world, &script->steps[0]);
    actor->waits = actor->due_at > world->clock.now;
}

void operators_init(struct world *world, const struct operator_list *list)
{
    struct operators *operators = &world->operators;
    bool some_wait = false;

    operators->count = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        begin(world, &operators->list[i], &list->list[i]);
        some_wait = some_wait || waits_for_commands(&list->list[i]);
    }
    if (some_wait)
        get_between(world);
    set_device(world);
}
