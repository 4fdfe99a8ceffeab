package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// mostBytes is where ZITADEL cuts a message, inside a character if need be.
const mostBytes = 1999

// actionLog is the module zitadel/log and ZITADEL's own words about a run.
type actionLog struct {
	format     logrus.Formatter
	instanceID string
	emit       func(line string)
	began      time.Time
}

type logRecord struct {
	LogDate    time.Time     `json:"logDate"`
	Took       time.Duration `json:"took"`
	Message    string        `json:"message"`
	LogLevel   logrus.Level  `json:"logLevel"`
	InstanceID string        `json:"instanceId"`
}

func newActionLog(format, instanceID string, emit func(string)) *actionLog {
	var formatter logrus.Formatter = &logrus.JSONFormatter{}
	if format == "text" {
		formatter = &logrus.TextFormatter{DisableColors: true, FullTimestamp: true}
	}
	return &actionLog{format: formatter, instanceID: instanceID, emit: emit}
}

func (l *actionLog) Log(message string)   { l.write(message, logrus.InfoLevel, 0) }
func (l *actionLog) Warn(message string)  { l.write(message, logrus.WarnLevel, 0) }
func (l *actionLog) Error(message string) { l.write(message, logrus.ErrorLevel, 0) }

func (l *actionLog) started() {
	l.began = time.Now()
	l.Log("action run started")
}

func (l *actionLog) ended(err error) {
	took := time.Since(l.began)
	if err != nil {
		l.write("action run failed: "+err.Error(), logrus.ErrorLevel, took)
		return
	}
	l.write("action run succeeded", logrus.InfoLevel, took)
}

func (l *actionLog) write(message string, level logrus.Level, took time.Duration) {
	now := time.Now().UTC()
	if len(message) > mostBytes {
		message = message[:mostBytes]
	}
	record, err := json.Marshal(logRecord{now, took, message, level, l.instanceID})
	if err != nil {
		panic(err)
	}
	// Whatever the message's own level is, the line's is info.
	entry := logrus.NewEntry(logrus.StandardLogger()).WithFields(logrus.Fields{
		"caller": "/zitadel/internal/logstore/emitters/stdout/stdout.go:19",
		"record": string(record),
	})
	entry.Time, entry.Level, entry.Message = now, logrus.InfoLevel, "log record emitted"
	line, err := l.format.Format(entry)
	if err != nil {
		panic(err)
	}
	l.emit(strings.TrimSuffix(string(line), "\n"))
}
