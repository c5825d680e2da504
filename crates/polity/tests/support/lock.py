"""Makes the server check keys and signatures from now on; with `user`, first makes a user who may do everything."""
import json
import os
import sys
import urllib.request

import boto3

if "user" in sys.argv:
    iam = boto3.client("iam")
    iam.create_user(UserName="runner")
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(UserName="runner", PolicyName="all",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    print(key["AccessKeyId"], key["SecretAccessKey"])
address = os.environ["AWS_ENDPOINT_URL"].rstrip("/") + "/moto-api/reset-auth"
urllib.request.urlopen(urllib.request.Request(address, data=b"0", headers={"Content-Type": "text/plain"}))
