// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "figures.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

void figures_add(struct figures *figures, const struct figure *figure, const char *name, ...)
{
    struct figure *added = &figures->list[figures->count++];
    va_list arguments;

    assert(figures->count <= FIGURES_MAX);
    *added = *figure;
    va_start(arguments, name);
    vsnprintf(added->name, sizeof added->name, name, arguments);
    va_end(arguments);
}

// ---- judging

static bool is_rate(const char *unit)
{
    size_t length = strlen(unit);

    return length >= 2 && strcmp(unit + length - 2, "/s") == 0;
}

enum figure_verdict figure_judge(const struct figure *figure, const struct figure_rules *rules)
{
    bool has_reference = !isnan(figure->reference);
    double measured = has_reference ? figure->ratio : figure->value;
    bool is_met;

    if (isnan(figure->goal) || (rules->ratios_only && !has_reference))
        return FIGURE_UNJUDGED;
    if (is_rate(figure->unit))
        is_met = measured >= figure->goal * (1 - rules->margin);
    else
        is_met = measured <= figure->goal * (1 + rules->margin);
    return is_met ? FIGURE_OK : FIGURE_MISSED;
}

size_t figures_missed(const struct figures *figures, const struct figure_rules *rules)
{
    size_t missed = 0;

    for (size_t i = 0; i < figures->count; i++)
        missed += figure_judge(&figures->list[i], rules) == FIGURE_MISSED;
    return missed;
}

// ---- for people

// Three or four digits, and what they are multiplied by.
static void format_value(char *text, size_t size, double value, const char *unit)
{
    bool is_millions = value >= 1e6;
    double shown = is_millions ? value / 1e6 : value;
    int decimals = shown >= 1000 ? 0 : shown >= 100 ? 1 : 2;

    if (isnan(value))
        snprintf(text, size, "-");
    else
        snprintf(text, size, "%.*f %s%s", decimals, shown, is_millions ? "M " : "", unit);
}

static void print_line(FILE *out, const char *name, const char *value, const char *reference,
                       const char *ratio, const char *goal, const char *verdict)
{
    fprintf(out, "%-20s %18s %18s %8s  ", name, value, reference, ratio);
    if (verdict[0] != '\0')
        fprintf(out, "%-18s  %s\n", goal, verdict);
    else
        fprintf(out, "%s\n", goal);
}

void figures_print_head(FILE *out)
{
    print_line(out, "figure", "value", "reference", "ratio", "goal", "");
}

static void format_goal(char *text, size_t size, const struct figure *figure)
{
    char bound[32];

    if (isnan(figure->reference))
        format_value(bound, sizeof bound, figure->goal, figure->unit);
    else
        snprintf(bound, sizeof bound, "ratio %.2f", figure->goal);
    if (isnan(figure->goal))
        snprintf(text, size, "-");
    else
        snprintf(text, size, "%s %s", is_rate(figure->unit) ? ">=" : "<=", bound);
}

void figure_print(FILE *out, const struct figure *figure, const struct figure_rules *rules)
{
    static const char *const verdicts[] = {
        [FIGURE_UNJUDGED] = "", [FIGURE_OK] = "ok", [FIGURE_MISSED] = "MISSED"};
    char value[32];
    char reference[32];
    char ratio[32] = "-";
    char goal[48];

    format_value(value, sizeof value, figure->value, figure->unit);
    format_value(reference, sizeof reference, figure->reference, figure->unit);
    if (!isnan(figure->ratio))
        snprintf(ratio, sizeof ratio, "%.2f", figure->ratio);
    format_goal(goal, sizeof goal, figure);
    print_line(out, figure->name, value, reference, ratio, goal,
               verdicts[figure_judge(figure, rules)]);
}

// ---- for programs

static void print_number(FILE *out, const char *name, double number)
{
    if (isnan(number))
        fprintf(out, "\"%s\": null, ", name);
    else
        fprintf(out, "\"%s\": %.6g, ", name, number);
}

static void print_object(FILE *out, const struct figure *figure, const struct figure_rules *rules)
{
    static const char *const verdicts[] = {
        [FIGURE_UNJUDGED] = "null", [FIGURE_OK] = "true", [FIGURE_MISSED] = "false"};

    fprintf(out, "{\"name\": \"%s\", ", figure->name);
    print_number(out, "value", figure->value);
    fprintf(out, "\"unit\": \"%s\", ", figure->unit);
    print_number(out, "reference", figure->reference);
    print_number(out, "ratio", figure->ratio);
    print_number(out, "goal", figure->goal);
    fprintf(out, "\"ok\": %s}", verdicts[figure_judge(figure, rules)]);
}

void figures_print_json(FILE *out, const struct figures *figures, const struct figure_rules *rules)
{
    fputs("[", out);
    for (size_t i = 0; i < figures->count; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", out);
        print_object(out, &figures->list[i], rules);
    }
    fputs(figures->count > 0 ? "\n]\n" : "]\n", out);
}
