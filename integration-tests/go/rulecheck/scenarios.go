package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"gopkg.in/yaml.v3"
)

// A scenarios file has the form of promtool's unit tests, of which it has these parts.
type scenarios struct {
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []scenario     `yaml:"tests"`
}

type scenario struct {
	Name        string         `yaml:"name"`
	Interval    model.Duration `yaml:"interval"`
	InputSeries []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	AlertRuleTest []struct {
		EvalTime  model.Duration `yaml:"eval_time"`
		Alertname string         `yaml:"alertname"`
		ExpAlerts []struct {
			ExpLabels map[string]string `yaml:"exp_labels"`
		} `yaml:"exp_alerts"`
	} `yaml:"alert_rule_test"`
}

// evaluate has Prometheus' engine evaluate rules over the series of scenarios, and says which alerts fire otherwise than
// expected, and which rules no scenario makes fire.
func evaluate(rulesPath, scenariosPath string) error {
	groups, errs := rulefmt.ParseFile(rulesPath, false)
	if len(errs) > 0 {
		return fmt.Errorf("%s: %v", rulesPath, errs)
	}
	rules := map[string]rulefmt.Rule{}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			rules[rule.Alert] = rule
		}
	}
	text, err := os.ReadFile(scenariosPath)
	if err != nil {
		return err
	}
	var all scenarios
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return fmt.Errorf("%s: %w", scenariosPath, err)
	}
	var wrong []string
	fired, quiet := map[string]bool{}, map[string]bool{}
	for _, test := range all.Tests {
		for _, expected := range test.AlertRuleTest {
			rule, known := rules[expected.Alertname]
			if !known {
				return fmt.Errorf("%s: there is no alert %s", test.Name, expected.Alertname)
			}
			got, err := alerts(rule, test, time.Duration(expected.EvalTime), time.Duration(all.EvaluationInterval))
			if err != nil {
				return fmt.Errorf("%s: %s: %w", test.Name, expected.Alertname, err)
			}
			var want []string
			for _, each := range expected.ExpAlerts {
				want = append(want, labels.FromMap(each.ExpLabels).String())
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				wrong = append(wrong, fmt.Sprintf("%s: %s at %s: expected %s, got %s", test.Name, expected.Alertname,
					expected.EvalTime, want, got))
			}
			fired[expected.Alertname] = fired[expected.Alertname] || len(want) > 0
			quiet[expected.Alertname] = quiet[expected.Alertname] || len(want) == 0
		}
	}
	for name := range rules {
		if !fired[name] || !quiet[name] {
			wrong = append(wrong, name+": there are not both a scenario in which it fires and one in which it does not")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("%d of %d alerts and scenarios:\n%s", len(wrong), len(rules), strings.Join(wrong, "\n"))
	}
	fmt.Printf("%d alerts\n", len(rules))
	return nil
}

// alerts gives the labels of those that fire at a time: whose expression has been true at each evaluation for as long as the
// rule asks for.
func alerts(rule rulefmt.Rule, test scenario, at, every time.Duration) ([]string, error) {
	var load strings.Builder
	fmt.Fprintf(&load, "load %s\n", test.Interval)
	for _, series := range test.InputSeries {
		fmt.Fprintf(&load, "  %s %s\n", series.Series, series.Values)
	}
	storage := promqltest.LoadedStorage(failing{}, load.String())
	defer storage.Close()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute})
	since := map[string]time.Duration{}
	for now := time.Duration(0); now <= at; now += every {
		query, err := engine.NewInstantQuery(context.Background(), storage, nil, rule.Expr, time.Unix(0, 0).Add(now))
		if err != nil {
			return nil, err
		}
		result := query.Exec(context.Background())
		vector, err := result.Vector()
		if err != nil {
			return nil, err
		}
		active := map[string]time.Duration{}
		for _, sample := range vector {
			named := labels.NewBuilder(sample.Metric)
			named.Del(labels.MetricName)
			for name, value := range rule.Labels {
				named.Set(name, value)
			}
			key := named.Labels().String()
			active[key] = now
			if begin, before := since[key]; before {
				active[key] = begin
			}
		}
		query.Close()
		since = active
	}
	var firing []string
	for key, begin := range since {
		if at-begin >= time.Duration(rule.For) {
			firing = append(firing, key)
		}
	}
	slices.Sort(firing)
	return firing, nil
}

// failing ends the program where a test would fail.
type failing struct{}

func (failing) Helper() {}

func (failing) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "rulecheck: "+format+"\n", args...)
}

func (failing) FailNow() { os.Exit(1) }
